package io.millrace.firehose.job;

import io.millrace.firehose.buffer.EncodingMemory;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.engine.DeliveryEngine;
import io.millrace.firehose.engine.ObjectUploads;
import io.millrace.firehose.engine.WarehouseCopies;
import io.millrace.firehose.ledger.Ledger;
import io.millrace.firehose.warehouse.PostgresCopy;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.taskmanager.TaskManagerRuntimeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Runs the {@link DeliveryEngine} of a delivery: seals once there are enough bytes or the first record has waited long
 * enough, whichever comes first. The hints hold whatever the checkpoint interval is.
 *
 * <p>Its state holds no record. What earlier versions kept there (records that waited) is delivered at the first
 * occasion, as a batch of its own. The age is counted in processing time from the first record; a drained job seals
 * what is left when its watermark reaches the end.
 */
final class DeliveryFunction extends KeyedProcessFunction<String, DeliveryRecord, Void> {
    private static final long serialVersionUID = 2;

    private final DeliverySpec spec;
    private final Ledgers.Opener ledgers;
    private transient @Nullable Running running;
    private transient @Nullable ListState<DeliveryRecord> oldRecords;
    private transient @Nullable ValueState<Long> oldBytes;
    private transient boolean oldDelivered;
    private transient boolean waitsForEnd;
    private transient long due;

    DeliveryFunction(DeliverySpec spec, Ledgers.Opener ledgers) {
        this.spec = spec;
        this.ledgers = ledgers;
    }

    /** What is open while the task runs. */
    private record Running(
            Ledger ledger, DeliveryEngine engine, @Nullable CopyThread copies) {}

    @Override
    public void open(OpenContext context) throws IOException {
        oldRecords = getRuntimeContext().getListState(new ListStateDescriptor<>("records", DeliveryRecord.class));
        oldBytes = getRuntimeContext().getState(new ValueStateDescriptor<>("bytes", Long.class));
        TaskManagerRuntimeInfo manager = taskManager(getRuntimeContext());
        Ledger ledger = ledgers.open(manager.getConfiguration());
        ObjectUploads uploads = new FlinkUploads(spec.objects());
        DeliveryMetrics metrics = new DeliveryMetrics(getRuntimeContext().getMetricGroup(), System::currentTimeMillis);
        DeliveryEngine engine = new DeliveryEngine(
                spec,
                new DeliveryEngine.Parts(
                        ledger,
                        uploads,
                        scratch(manager),
                        EncodingMemory.ofProcess(),
                        System::currentTimeMillis,
                        metrics));
        running = new Running(ledger, engine, null);
        engine.start();
        metrics.gauges(
                getRuntimeContext().getMetricGroup(),
                engine::bufferedBytes,
                () -> ledger.copies().size());
        if (spec.warehouse() != null) {
            WarehouseCopies copies = new WarehouseCopies(
                    spec, ledger, uploads, new PostgresCopy(spec.warehouse())::copy, System::currentTimeMillis);
            running = new Running(ledger, engine, new CopyThread(spec.deliveryStream(), copies));
        }
    }

    private static TaskManagerRuntimeInfo taskManager(RuntimeContext context) {
        return ((StreamingRuntimeContext) context).getTaskManagerRuntimeInfo();
    }

    private static Path scratch(TaskManagerRuntimeInfo manager) {
        String[] directories = manager.getTmpDirectories();
        return new File(directories[ThreadLocalRandom.current().nextInt(directories.length)], "millrace").toPath();
    }

    private Running opened() {
        Running open = running;
        if (open == null) {
            throw new IllegalStateException("used before open");
        }
        return open;
    }

    @Override
    public void processElement(DeliveryRecord record, Context context, Collector<Void> out) throws Exception {
        deliverOld();
        if (!waitsForEnd) {
            context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
            waitsForEnd = true;
        }
        DeliveryEngine engine = opened().engine();
        boolean first = engine.isEmpty();
        if (engine.accept(record)) {
            seal();
            cancelTimer(context);
        } else if (first && !engine.isEmpty()) {
            due = context.timerService().currentProcessingTime()
                    + spec.objects().maxAgeMillis();
            context.timerService().registerProcessingTimeTimer(due);
        }
    }

    private void cancelTimer(Context context) {
        if (due > 0) {
            context.timerService().deleteProcessingTimeTimer(due);
            due = 0;
        }
    }

    /** Timers of an earlier run of the task may come, too; they seal nothing that is not due. */
    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Void> out) throws Exception {
        deliverOld();
        if (timestamp == due || timestamp == Long.MAX_VALUE) {
            seal();
            due = 0;
        }
    }

    private void seal() throws IOException {
        Running open = opened();
        open.engine().seal();
        if (open.copies() != null) {
            open.copies().wake();
        }
    }

    /** The state is cleared once the records are committed: a checkpoint before that still has them. */
    private void deliverOld() throws Exception {
        ListState<DeliveryRecord> records = oldRecords;
        ValueState<Long> bytes = oldBytes;
        if (oldDelivered || records == null || bytes == null) {
            return;
        }
        oldDelivered = true;
        if (bytes.value() != null) {
            for (DeliveryRecord record : records.get()) {
                opened().engine().accept(record);
            }
            seal();
            records.clear();
            bytes.clear();
        }
    }

    @Override
    public void close() throws Exception {
        Running open = running;
        running = null;
        if (open != null) {
            if (open.copies() != null) {
                open.copies().close();
            }
            open.engine().close();
            open.ledger().close();
        }
    }
}
