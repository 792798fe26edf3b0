package io.millrace.firehose.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.delivery.Batch;
import io.millrace.firehose.delivery.DeliveryRecord;
import java.util.List;
import java.util.Queue;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BufferFunctionTest {
    private static final long MAX_BYTES = 100;
    private static final long MAX_AGE = 1000;

    private KeyedOneInputStreamOperatorTestHarness<String, DeliveryRecord, Batch> flink = harness();

    private static KeyedOneInputStreamOperatorTestHarness<String, DeliveryRecord, Batch> harness() {
        try {
            return new KeyedOneInputStreamOperatorTestHarness<>(
                    new KeyedProcessOperator<>(new BufferFunction(MAX_BYTES, MAX_AGE)),
                    record -> DeliveryJob.ONE_PARTITION,
                    Types.STRING);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void close() throws Exception {
        flink.close();
    }

    private void put(int number, int bytes) throws Exception {
        flink.processElement(
                new StreamRecord<>(new DeliveryRecord("shard", Integer.toString(number), number, new byte[bytes])));
    }

    /** The sequence numbers of the batches sealed since the last call. */
    private List<String> sealed() {
        Queue<Object> output = flink.getOutput();
        List<String> batches = output.stream()
                .filter(StreamRecord.class::isInstance)
                .map(element -> (Batch) ((StreamRecord<?>) element).getValue())
                .map(batch -> String.join(
                        " ",
                        batch.records().stream()
                                .map(DeliveryRecord::sequenceNumber)
                                .toList()))
                .toList();
        output.clear();
        return batches;
    }

    @Test
    void enoughBytesSealABatchWithTheRecordThatReachedThem() throws Exception {
        flink.open();
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
        flink.open();
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
        flink.open();
        put(1, 100);
        assertThat(sealed()).containsExactly("1");
        assertThat(flink.numProcessingTimeTimers()).isZero();

        flink.setProcessingTime(900);
        put(2, 1);
        flink.setProcessingTime(1000);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(1899);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(1900);
        assertThat(sealed()).containsExactly("2");
    }

    @Test
    void aBatchThatBeginsInTheSameMillisecondAsOneSealedBeforeKeepsItsTimer() throws Exception {
        flink.open();
        put(1, 100);
        put(2, 1);
        sealed();
        flink.setProcessingTime(1000);
        assertThat(sealed()).containsExactly("2");
    }

    @Test
    void aRestoredBufferHasItsRecordsItsBytesAndItsTimer() throws Exception {
        flink.open();
        put(1, 50);
        put(2, 40);
        OperatorSubtaskState snapshot = flink.snapshot(1, 1);
        flink.close();

        flink = harness();
        flink.initializeState(snapshot);
        flink.open();
        flink.setProcessingTime(999);
        assertThat(sealed()).isEmpty();
        flink.setProcessingTime(1000);
        assertThat(sealed()).containsExactly("1 2");
        flink.close();

        flink = harness();
        flink.initializeState(snapshot);
        flink.open();
        put(3, 10);
        assertThat(sealed()).containsExactly("1 2 3");
        assertThat(flink.numProcessingTimeTimers()).isZero();
    }

    @Test
    void theEndOfTheInputSealsWhatIsLeft() throws Exception {
        flink.open();
        put(1, 1);
        flink.processWatermark(new Watermark(1_000_000_000_000L));
        assertThat(sealed()).isEmpty();
        flink.processWatermark(Watermark.MAX_WATERMARK);
        assertThat(sealed()).containsExactly("1");
    }

    @Test
    void theEndOfTheInputSealsNothingTwice() throws Exception {
        flink.open();
        put(1, 100);
        assertThat(sealed()).containsExactly("1");
        flink.processWatermark(Watermark.MAX_WATERMARK);
        assertThat(sealed()).isEmpty();
    }
}
