package io.millrace.firehose.job;

import io.millrace.firehose.delivery.Batch;
import io.millrace.firehose.delivery.DeliveryRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Holds the records that will become one object, and seals them once there are enough bytes or the first of them has
 * waited long enough, whichever comes first. The hints hold whatever the checkpoint interval is.
 *
 * <p>Everything held is keyed state. The age is counted in processing time from the first record; a drained job seals
 * what is left when its watermark reaches the end.
 */
final class BufferFunction extends KeyedProcessFunction<String, DeliveryRecord, Batch> {
    private static final long serialVersionUID = 1;

    private final long maxBytes;
    private final long maxAgeMillis;
    private transient @Nullable ListState<DeliveryRecord> records;
    private transient @Nullable ValueState<Long> bytes;
    private transient @Nullable ValueState<Long> due;

    BufferFunction(long maxBytes, long maxAgeMillis) {
        this.maxBytes = maxBytes;
        this.maxAgeMillis = maxAgeMillis;
    }

    @Override
    public void open(OpenContext context) {
        records = getRuntimeContext().getListState(new ListStateDescriptor<>("records", DeliveryRecord.class));
        bytes = getRuntimeContext().getState(new ValueStateDescriptor<>("bytes", Long.class));
        due = getRuntimeContext().getState(new ValueStateDescriptor<>("due", Long.class));
    }

    @Override
    public void processElement(DeliveryRecord record, Context context, Collector<Batch> out) throws Exception {
        Long held = opened(bytes).value();
        if (held == null) {
            long at = context.timerService().currentProcessingTime() + maxAgeMillis;
            opened(due).update(at);
            context.timerService().registerProcessingTimeTimer(at);
            context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
        }
        long total = (held == null ? 0 : held) + record.data().length;
        opened(records).add(record);
        opened(bytes).update(total);
        if (total >= maxBytes) {
            Long at = opened(due).value();
            if (at != null) {
                context.timerService().deleteProcessingTimeTimer(at);
            }
            seal(out);
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Batch> out) throws Exception {
        if (opened(bytes).value() != null) {
            seal(out);
        }
    }

    private void seal(Collector<Batch> out) throws Exception {
        List<DeliveryRecord> sealed = new ArrayList<>();
        opened(records).get().forEach(sealed::add);
        opened(records).clear();
        opened(bytes).clear();
        opened(due).clear();
        out.collect(new Batch(sealed));
    }

    private static <S> S opened(@Nullable S state) {
        if (state == null) {
            throw new IllegalStateException("used before open");
        }
        return state;
    }
}
