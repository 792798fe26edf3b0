package io.millrace.analytics.connector;

import io.millrace.analytics.connector.source.KinesisDeserializer;
import io.millrace.analytics.connector.source.KinesisRecord;
import io.millrace.analytics.connector.source.KinesisSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** A job that keeps every number of a stream in its state. One at a time runs in a JVM. */
final class CountingJob {
    private static int last;
    private static CountDownLatch seen;
    private static CountDownLatch holding;
    private static AtomicInteger restarts;
    private static AtomicBoolean fails;

    private CountingJob() {}

    /**
     * Starts it.
     *
     * @param upTo the numbers from 0 to this one are awaited
     * @param failing whether it fails once, at a number of 100 or more behind a checkpoint that holds 100
     * @param savepoint where it goes on; empty for a new job
     */
    static JobClient start(KinesisSource<Integer> source, int upTo, boolean failing, String savepoint)
            throws Exception {
        last = upTo;
        seen = new CountDownLatch(1);
        holding = new CountDownLatch(1);
        restarts = new AtomicInteger();
        fails = new AtomicBoolean(failing);
        Configuration settings = new Configuration();
        settings.setString("restart-strategy.type", "fixed-delay");
        settings.setString("restart-strategy.fixed-delay.delay", "1 ms");
        settings.setString("taskmanager.memory.network.max", "16 mb");
        settings.setString("taskmanager.memory.managed.size", "16 mb");
        if (!savepoint.isEmpty()) {
            settings.setString("execution.state-recovery.path", savepoint);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
        env.enableCheckpointing(50);
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "orders")
                .uid("orders")
                .map(new Counting())
                .uid("counting")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.executeAsync("counting");
    }

    static boolean awaitAll() throws InterruptedException {
        return seen.await(60, TimeUnit.SECONDS);
    }

    /** Waits for a checkpoint that holds 100 numbers. */
    static boolean awaitCheckpoint() throws InterruptedException {
        return holding.await(60, TimeUnit.SECONDS);
    }

    static int restarts() {
        return restarts.get();
    }

    /** Returns the numbers in the state, sorted, as soon as it had all. */
    static List<Integer> state() {
        return Counting.state;
    }

    static List<Integer> allNumbers() {
        return IntStream.rangeClosed(0, last).boxed().toList();
    }

    static final class Numbers implements KinesisDeserializer<Integer> {
        private static final long serialVersionUID = 1;

        @Override
        public void deserialize(KinesisRecord record, Collector<Integer> out) {
            out.collect(Integer.valueOf(new String(record.data(), StandardCharsets.UTF_8)));
        }

        @Override
        public TypeInformation<Integer> producedType() {
            return TypeInformation.of(Integer.class);
        }
    }

    /** Holds every number seen, and fails once, at a number behind a complete checkpoint that holds some. */
    private static final class Counting extends RichMapFunction<Integer, Integer>
            implements CheckpointedFunction, CheckpointListener {
        private static final long serialVersionUID = 1;

        static volatile List<Integer> state = List.of();

        private transient ListState<Integer> kept;
        private transient List<Integer> numbers;
        private transient boolean checkpointed;

        @Override
        public Integer map(Integer number) {
            if (checkpointed && number >= 100 && fails.getAndSet(false)) {
                throw new IllegalStateException("the failure of this test");
            }
            numbers.add(number);
            if (new TreeSet<>(numbers).size() == last + 1) {
                state = numbers.stream().sorted().toList();
                seen.countDown();
            }
            return number;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            kept.update(numbers);
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            kept = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("numbers", Integer.class));
            numbers = new ArrayList<>();
            if (context.isRestored()) {
                restarts.incrementAndGet();
                kept.get().forEach(numbers::add);
            }
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            checkpointed = numbers.size() >= 100;
            if (checkpointed) {
                holding.countDown();
            }
        }
    }
}
