package io.millrace.firehose.job;

import io.millrace.firehose.engine.DeliveryListener;
import io.millrace.firehose.format.RecordEncoder;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** What a delivery tells Flink's metrics, under {@code delivery}. */
final class DeliveryMetrics implements DeliveryListener {
    private final Counter records;
    private final Counter bytes;
    private final Counter rejected;
    private final Counter repeated;
    private final LongSupplier clock;
    private volatile long oldestEpochMillis;
    private volatile String lastRejected = "";

    DeliveryMetrics(MetricGroup operator, LongSupplier clock) {
        MetricGroup group = operator.addGroup("delivery");
        this.clock = clock;
        this.records = group.counter("deliveredRecords");
        this.bytes = group.counter("deliveredBytes");
        this.rejected = group.counter("rejectedRecords");
        this.repeated = group.counter("repeatedRecords");
        group.gauge("freshnessMillis", (Gauge<Long>) this::freshnessMillis);
        group.gauge("lastRejectedPosition", (Gauge<String>) () -> lastRejected);
    }

    /** Adds gauges of the buffer and of copies; they are read by other threads and may be a moment old. */
    void gauges(MetricGroup operator, LongSupplier bufferedBytes, LongSupplier waitingCopies) {
        MetricGroup group = operator.addGroup("delivery");
        group.gauge("bufferedBytes", (Gauge<Long>) bufferedBytes::getAsLong);
        group.gauge("waitingCopies", (Gauge<Long>) waitingCopies::getAsLong);
    }

    private long freshnessMillis() {
        return oldestEpochMillis == 0 ? 0 : clock.getAsLong() - oldestEpochMillis;
    }

    @Override
    public void delivered(long count, long size, long oldest) {
        records.inc(count);
        bytes.inc(size);
        oldestEpochMillis = oldest;
    }

    @Override
    public void rejected(RecordEncoder.Rejected record) {
        rejected.inc();
        lastRejected = record.record().shardId() + " " + record.record().sequenceNumber();
    }

    @Override
    public void repeated() {
        repeated.inc();
    }
}
