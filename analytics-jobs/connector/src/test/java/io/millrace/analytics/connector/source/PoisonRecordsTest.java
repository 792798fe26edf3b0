package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.analytics.connector.TestStreams;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Records of which some are no numbers. */
@Timeout(30)
class PoisonRecordsTest {
    @TempDir
    Path directory;

    private final SimpleCounter counted = new SimpleCounter();
    private final Output output = new Output();
    private final ShardSplitState split = new ShardSplitState(new ShardSplit("shard-1", StartFrom.trimHorizon()));
    private TestStreams streams;

    @BeforeEach
    void start() throws IOException {
        streams = new TestStreams(directory);
    }

    @AfterEach
    void stop() throws IOException {
        streams.close();
    }

    private PoisonRecords poison(OnError onError) {
        return new PoisonRecords(streams.connection(), new StreamRef("orders"), onError, counted);
    }

    private void read(PoisonRecords poison, String... texts) throws IOException {
        RecordDelivery<Integer> delivery = new RecordDelivery<>(new Numbers(), poison);
        for (int i = 0; i < texts.length; i++) {
            byte[] data = texts[i].getBytes(StandardCharsets.UTF_8);
            delivery.emitRecord(new KinesisRecord("shard-1", Integer.toString(i), "key-" + i, i, data), output, split);
        }
    }

    @Test
    void byDefaultTheJobEndsAndTheRecordIsToldWithoutItsData() throws IOException {
        try (PoisonRecords poison = poison(OnError.fail())) {
            assertThatThrownBy(() -> read(poison, "1", "two", "3"))
                    .isInstanceOf(FinalFailureException.class)
                    .hasMessage("stream 'orders': the record 1 of shard-1 (3 bytes) cannot be deserialized: no number");
        }
        assertThat(output.collected).containsExactly("1@0");
        assertThat(split.toSplit().position()).isEqualTo(StartFrom.after("0"));
    }

    @Test
    void aSkippedRecordIsCountedAndNothingOfItGoesOn() throws IOException {
        try (PoisonRecords poison = poison(new OnError(OnError.Action.SKIP, null))) {
            read(poison, "1", "2,two", "", "3,4");
        }
        assertThat(output.collected).containsExactly("1@0", "3@3", "4@3");
        assertThat(counted.getCount()).isEqualTo(2);
        assertThat(split.toSplit().position()).isEqualTo(StartFrom.after("3"));
    }

    @Test
    void aDeadLetterIsTheRecordAsItWas() throws Exception {
        streams.create("dead", 1);
        try (PoisonRecords poison = poison(new OnError(OnError.Action.DEAD_LETTER, new StreamRef("dead")))) {
            read(poison, "1", "two", "3", "four");
        }
        assertThat(output.collected).containsExactly("1@0", "3@2");
        assertThat(counted.getCount()).isEqualTo(2);
        String iterator = streams.client()
                .getShardIterator(request -> request.streamName("dead")
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        List<Record> dead = streams.client()
                .getRecords(request -> request.shardIterator(iterator))
                .records();
        assertThat(dead).extracting(Record::partitionKey).containsExactly("key-1", "key-3");
        assertThat(dead).extracting(record -> record.data().asUtf8String()).containsExactly("two", "four");
    }

    @Test
    void deadLettersThatNobodyTakesEndTheJob() throws IOException {
        try (PoisonRecords poison = poison(new OnError(OnError.Action.DEAD_LETTER, new StreamRef("nowhere")))) {
            assertThatThrownBy(() -> read(poison, "one"))
                    .isInstanceOf(FinalFailureException.class)
                    .hasMessageStartingWith("stream 'nowhere' does not take the dead letter of stream 'orders':"
                            + " the record 0 of shard-1 (3 bytes): ResourceNotFoundException: ");
        }
        assertThat(split.toSplit().position()).isEqualTo(StartFrom.trimHorizon());
    }

    @Test
    void theFailureOfAnOperatorBehindIsNotTheRecords() throws IOException {
        output.fails = true;
        try (PoisonRecords poison = poison(new OnError(OnError.Action.SKIP, null))) {
            assertThatThrownBy(() -> read(poison, "1")).hasMessage("the operator behind");
        }
        assertThat(counted.getCount()).isZero();
    }

    /** Numbers with commas between them. */
    private static final class Numbers implements KinesisDeserializer<Integer> {
        private static final long serialVersionUID = 1;

        @Override
        public void deserialize(KinesisRecord record, Collector<Integer> out) throws IOException {
            for (String number : new String(record.data(), StandardCharsets.UTF_8).split(",", -1)) {
                if (number.isEmpty()) {
                    throw new IllegalStateException("empty");
                }
                if (!number.matches("[0-9]+")) {
                    throw new IOException("cannot parse", new IllegalArgumentException("no number\nin two lines"));
                }
                out.collect(Integer.valueOf(number));
            }
        }

        @Override
        public TypeInformation<Integer> producedType() {
            return TypeInformation.of(Integer.class);
        }
    }

    private static final class Output implements SourceOutput<Integer> {
        final List<String> collected = new ArrayList<>();
        boolean fails;

        @Override
        public void collect(Integer number) {
            throw new AssertionError("without a time");
        }

        @Override
        public void collect(Integer number, long timestamp) {
            if (fails) {
                throw new IllegalStateException("the operator behind");
            }
            collected.add(number + "@" + timestamp);
        }

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}
    }
}
