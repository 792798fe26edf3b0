package io.millrace.firehose.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import io.millrace.firehose.ledger.Ledger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a batch is sealed, and what is left of it after a failure. */
@Timeout(60)
class DeliveryFunctionTest {
    private static final int MAX_BYTES = 100;

    @TempDir
    Path directory;

    private Delivered delivered;
    private final List<String> seen = new ArrayList<>();
    private KeyedOneInputStreamOperatorTestHarness<String, DeliveryRecord, Void> flink;

    @BeforeEach
    void start() throws Exception {
        delivered = new Delivered(directory);
        flink = harness(delivery());
        flink.open();
    }

    private DeliveryFunction delivery() {
        Delivered bucket = delivered;
        return new DeliveryFunction(
                bucket.spec(Compression.NONE, " ", List.of(), MAX_BYTES), new LocalLedgers(directory.toString()));
    }

    /** Serializable, as Flink has it. */
    private record LocalLedgers(String directory) implements Ledgers.Opener {
        @Override
        public Ledger open(ReadableConfig cluster) {
            return new Delivered(Path.of(directory)).ledger();
        }
    }

    private static KeyedOneInputStreamOperatorTestHarness<String, DeliveryRecord, Void> harness(
            KeyedProcessFunction<String, DeliveryRecord, Void> function) throws Exception {
        return new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(function), record -> DeliveryJob.ONE_PARTITION, Types.STRING);
    }

    @AfterEach
    void close() throws Exception {
        flink.close();
    }

    private void put(int number, int bytes) throws Exception {
        put(flink, number, bytes);
    }

    private static void put(
            KeyedOneInputStreamOperatorTestHarness<String, DeliveryRecord, Void> flink, int number, int bytes)
            throws Exception {
        String digits = Integer.toString(number);
        byte[] data = (digits + "-".repeat(bytes - digits.length())).getBytes(UTF_8);
        flink.processElement(new StreamRecord<>(new DeliveryRecord("shard", digits, number, data)));
    }

    /** The numbers in the objects that have become visible since the last call, one text each. */
    private List<String> sealed() throws IOException {
        List<String> batches = new ArrayList<>();
        for (String key : delivered.keys()) {
            if (!seen.contains(key)) {
                seen.add(key);
                batches.add(delivered.content(key).replace("-", "").strip());
            }
        }
        return batches;
    }

    @Test
    void enoughBytesSealABatchWithTheRecordThatReachedThem() throws Exception {
        put(1, 60);
        put(2, 39);
        assertThat(sealed()).isEmpty();
        put(3, 1);
        assertThat(sealed()).containsExactly("1 2 3");
        put(4, 500);
        assertThat(sealed()).containsExactly("4");
    }

    @Test
    void ageIsCountedFromTheFirstRecord() throws Exception {
        flink.setProcessingTime(5000);
        put(1, 1);
        flink.setProcessingTime(5999);
        put(2, 1);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(6000);
        assertThat(sealed()).containsExactly("1 2");
        flink.setProcessingTime(60_000);
        assertThat(sealed()).isEmpty(); // nothing there, nothing sealed
    }

    @Test
    void aBatchSealedForItsSizeLeavesNoTimerForTheNext() throws Exception {
        flink.setProcessingTime(1);
        put(1, 50);
        put(2, 50);
        assertThat(sealed()).containsExactly("1 2");
        assertThat(flink.numProcessingTimeTimers()).isZero();

        flink.setProcessingTime(901);
        put(3, 1);
        flink.setProcessingTime(1001);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(1900);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(1901);
        assertThat(sealed()).containsExactly("3");
    }

    @Test
    void aBatchThatBeginsInTheSameMillisecondAsOneSealedBeforeKeepsItsTimer() throws Exception {
        flink.setProcessingTime(1);
        put(1, 50);
        put(2, 50);
        put(3, 1);
        sealed();
        flink.setProcessingTime(1001);
        assertThat(sealed()).containsExactly("3");
    }

    @Test
    void aCheckpointHoldsNoRecordAndARestoredTaskTakesThemFromTheSourceAgain() throws Exception {
        put(1, 50);
        put(2, 50);
        put(3, 40);
        OperatorSubtaskState snapshot = flink.snapshot(1, 1);
        assertThat(sealed()).containsExactly("1 2");
        flink.close();

        flink = harness(delivery());
        flink.initializeState(snapshot);
        flink.open();
        flink.setProcessingTime(50_000);
        assertThat(sealed()).isEmpty();
        put(1, 50);
        put(2, 50);
        put(3, 40);
        put(4, 40);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(51_000);
        assertThat(sealed()).containsExactly("3 4");
    }

    @Test
    void recordsThatAnEarlierVersionLeftInACheckpointAreDeliveredOnce() throws Exception {
        KeyedOneInputStreamOperatorTestHarness<String, DeliveryRecord, Void> earlier = harness(new EarlierVersion());
        earlier.open();
        put(earlier, 1, 3);
        put(earlier, 2, 3);
        OperatorSubtaskState snapshot = earlier.snapshot(1, 1);
        earlier.close();

        for (int restart = 0; restart < 2; restart++) {
            flink.close();
            flink = harness(delivery());
            flink.initializeState(snapshot);
            flink.open();
            put(3, 3);
            assertThat(sealed()).isEqualTo(restart == 0 ? List.of("1 2") : List.of());
        }
        flink.setProcessingTime(50_000);
        assertThat(sealed()).containsExactly("3");
    }

    @Test
    void theEndOfTheInputSealsWhatIsLeft() throws Exception {
        put(1, 1);
        flink.processWatermark(new Watermark(1_000_000_000_000L));
        assertThat(sealed()).isEmpty();
        flink.processWatermark(Watermark.MAX_WATERMARK);
        assertThat(sealed()).containsExactly("1");
    }

    @Test
    void theEndOfTheInputSealsNothingTwice() throws Exception {
        put(1, 100);
        assertThat(sealed()).containsExactly("1");
        flink.processWatermark(Watermark.MAX_WATERMARK);
        assertThat(sealed()).isEmpty();
    }

    /** What the operator kept in its state before there was a ledger. */
    private static final class EarlierVersion extends KeyedProcessFunction<String, DeliveryRecord, Void> {
        private static final long serialVersionUID = 1;

        @Override
        public void open(OpenContext context) {}

        @Override
        public void processElement(DeliveryRecord record, Context context, Collector<Void> out) throws Exception {
            getRuntimeContext()
                    .getListState(new ListStateDescriptor<>("records", DeliveryRecord.class))
                    .add(record);
            getRuntimeContext()
                    .getState(new ValueStateDescriptor<>("bytes", Long.class))
                    .update(3L);
            getRuntimeContext()
                    .getState(new ValueStateDescriptor<>("due", Long.class))
                    .update(1000L);
            context.timerService().registerProcessingTimeTimer(1000);
        }
    }
}
