package io.millrace.firehose.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.source.ShardSplit;
import io.millrace.analytics.connector.source.StartFrom;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.ShardRange;
import io.millrace.firehose.ledger.Commit;
import io.millrace.firehose.ledger.Ledger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class CommittedReaderTest {
    private static final StartFrom CREATION = StartFrom.timestamp(17);

    @TempDir
    Path directory;

    private final FakeStream stream = new FakeStream();
    private Delivered delivered;
    private CommittedReader reader;

    @BeforeEach
    void read() {
        delivered = new Delivered(directory);
        reader = new CommittedReader(stream, delivered.ledger());
    }

    private void commit(String shard, String after, String last) throws IOException {
        Ledger ledger = delivered.ledger();
        ledger.refresh();
        ledger.commit(new Commit(List.of(new ShardRange(shard, after, last, last)), List.of(), 0, null), upload -> {});
    }

    private List<DeliveryRecord> started() throws Exception {
        Collected output = new Collected();
        while (reader.pollNext(output) == InputStatus.MORE_AVAILABLE) {
            // the words that reading begins
        }
        return output.records;
    }

    @Test
    void shardsAreReadBehindTheLedgerWhateverTheCheckpointSays() throws Exception {
        commit("a", "", "20");
        commit("b", "", "30/2");
        reader.addSplits(List.of(
                new ShardSplit("a", StartFrom.after("25")),
                new ShardSplit("b", CREATION),
                new ShardSplit("c", CREATION)));

        assertThat(stream.added)
                .containsExactly(
                        new ShardSplit("a", StartFrom.after("20")),
                        new ShardSplit("b", new StartFrom(StartFrom.Type.AT_SEQUENCE_NUMBER, "30", null)),
                        new ShardSplit("c", CREATION));
        assertThat(started())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(
                        DeliveryRecord.start("a", "20"),
                        DeliveryRecord.start("b", "30/2"),
                        DeliveryRecord.start("c", ""));
    }

    @Test
    void aCheckpointHoldsWhereReadingBeganAndNotWhereItIs() {
        reader.addSplits(List.of(new ShardSplit("a", CREATION)));
        stream.now = List.of(new ShardSplit("a", StartFrom.after("99")));
        assertThat(reader.snapshotState(1)).containsExactly(new ShardSplit("a", CREATION));
    }

    @Test
    void aShardThatHasEndedStaysUntilItsLastRecordIsDelivered() throws Exception {
        reader.addSplits(List.of(new ShardSplit("a", CREATION), new ShardSplit("empty", CREATION)));
        stream.now = List.of(new ShardSplit("a", StartFrom.after("99"), true), new ShardSplit("empty", CREATION, true));
        assertThat(reader.snapshotState(1)).containsExactly(new ShardSplit("a", CREATION));
        stream.now = List.of(); // the stream forgets it with the checkpoint
        commit("a", "", "98");
        assertThat(reader.snapshotState(2)).containsExactly(new ShardSplit("a", CREATION));
        commit("a", "98", "99");
        assertThat(reader.snapshotState(3)).isEmpty();
    }

    private static final class FakeStream implements SourceReader<DeliveryRecord, ShardSplit> {
        private final List<ShardSplit> added = new ArrayList<>();
        private List<ShardSplit> now = List.of();

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<DeliveryRecord> output) {
            return InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public List<ShardSplit> snapshotState(long checkpointId) {
            return now;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return new CompletableFuture<>();
        }

        @Override
        public void addSplits(List<ShardSplit> splits) {
            added.addAll(splits);
        }

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    private static final class Collected implements ReaderOutput<DeliveryRecord> {
        private final List<DeliveryRecord> records = new ArrayList<>();

        @Override
        public void collect(DeliveryRecord record) {
            records.add(record);
        }

        @Override
        public void collect(DeliveryRecord record, long timestamp) {
            records.add(record);
        }

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}

        @Override
        public SourceOutput<DeliveryRecord> createOutputForSplit(String splitId) {
            return this;
        }

        @Override
        public void releaseOutputForSplit(String splitId) {}
    }
}
