package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.client.Trust;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.testutils.source.reader.TestingReaderContext;
import org.apache.flink.connector.testutils.source.reader.TestingReaderOutput;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class KinesisSourceReaderTest {
    private final TestingReaderContext context = new TestingReaderContext();
    private final ReleasingOutput output = new ReleasingOutput();

    @Test
    void theEndOfAShardIsToldAgainAfterARestartFromACheckpointThatMayHaveMissedIt() throws Exception {
        List<ShardSplit> state;
        try (KinesisSourceReader<String> reader = reader()) {
            reader.start();
            reader.addSplits(List.of(new ShardSplit("a", StartFrom.trimHorizon())));
            until(reader, () -> !context.getSentEvents().isEmpty());
            state = reader.snapshotState(7);
        }
        assertThat(output.getEmittedRecords()).containsExactly("1", "2");
        assertThat(state).containsExactly(new ShardSplit("a", StartFrom.after("2"), true));
        context.clearSentEvents();

        try (KinesisSourceReader<String> restored = reader()) {
            restored.addSplits(state);
            restored.start();
            restored.pollNext(output);
            assertThat(context.getSentEvents()).containsExactly(new ShardsFinished(List.of("a")));
            assertThat(output.released).contains("a"); // or its watermark would hold all others
            assertThat(restored.getNumberOfCurrentlyAssignedSplits()).isZero();
            assertThat(restored.snapshotState(8)).isEqualTo(state);
        }
        assertThat(output.getEmittedRecords()).hasSize(2);
    }

    @Test
    void theEndOfAShardIsForgottenOnceACheckpointHoldsIt() throws Exception {
        try (KinesisSourceReader<String> reader = reader()) {
            reader.start();
            reader.snapshotState(1);
            reader.addSplits(List.of(new ShardSplit("a", StartFrom.trimHorizon())));
            until(reader, () -> !context.getSentEvents().isEmpty());
            reader.notifyCheckpointComplete(1); // was taken before the end
            assertThat(reader.snapshotState(2)).hasSize(1);
            assertThat(reader.snapshotState(3)).hasSize(1); // 2 is not known to be complete
            reader.notifyCheckpointComplete(2);
            assertThat(reader.snapshotState(4)).isEmpty();
        }
    }

    private KinesisSourceReader<String> reader() {
        PoisonRecords poison = new PoisonRecords(
                new Connection(null, "us-east-1", null, null, Trust.usual()),
                new StreamRef("orders"),
                OnError.fail(),
                new SimpleCounter());
        return new KinesisSourceReader<>(TwoRecords::new, new RecordDelivery<>(new Numbers(), poison), context, poison);
    }

    private interface Condition {
        boolean holds();
    }

    private void until(KinesisSourceReader<String> reader, Condition condition) throws Exception {
        while (!condition.holds()) {
            reader.pollNext(output);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static final class Numbers implements KinesisDeserializer<String> {
        private static final long serialVersionUID = 1;

        @Override
        public void deserialize(KinesisRecord record, Collector<String> out) {
            out.collect(record.sequenceNumber());
        }

        @Override
        public TypeInformation<String> producedType() {
            return TypeInformation.of(String.class);
        }
    }

    private static final class ReleasingOutput extends TestingReaderOutput<String> {
        final List<String> released = new ArrayList<>();

        @Override
        public void releaseOutputForSplit(String splitId) {
            released.add(splitId);
        }
    }

    /** Every shard has two records and ends. */
    private static final class TwoRecords implements SplitReader<KinesisRecord, ShardSplit> {
        private final Deque<ShardSplit> splits = new ArrayDeque<>();

        @Override
        public RecordsWithSplitIds<KinesisRecord> fetch() {
            RecordsBySplits.Builder<KinesisRecord> records = new RecordsBySplits.Builder<>();
            for (ShardSplit split : splits) {
                records.add(split.shardId(), new KinesisRecord(split.shardId(), "1", "k", 0, new byte[0]));
                records.add(split.shardId(), new KinesisRecord(split.shardId(), "2", "k", 0, new byte[0]));
                records.addFinishedSplit(split.shardId());
            }
            splits.clear();
            return records.build();
        }

        @Override
        public void handleSplitsChanges(SplitsChange<ShardSplit> change) {
            splits.addAll(change.splits());
        }

        @Override
        public void pauseOrResumeSplits(Collection<ShardSplit> toPause, Collection<ShardSplit> toResume) {}

        @Override
        public void wakeUp() {}

        @Override
        public void close() {}
    }
}
