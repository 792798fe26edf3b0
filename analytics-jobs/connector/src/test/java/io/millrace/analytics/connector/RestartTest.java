package io.millrace.analytics.connector;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.KinesisDeserializer;
import io.millrace.analytics.connector.source.KinesisRecord;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.StartFrom;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job over a stream that is resharded and fails on the way. */
@Timeout(90)
class RestartTest {
    private static final int LAST = 299;

    private static CountDownLatch seen;
    private static AtomicInteger restarts;
    private static AtomicBoolean fails;

    @TempDir
    Path directory;

    @Test
    void everyRecordIsInTheStateOnceAcrossAReshardAndARestart() throws Exception {
        seen = new CountDownLatch(1);
        restarts = new AtomicInteger();
        fails = new AtomicBoolean(true);
        try (FakeStream stream = new FakeStream(directory)) {
            stream.shard(0).shard(1).put(0, 0, 99).put(1, 100, 149);
            JobClient job = start(stream);
            stream.put(0, 150, 199).end(0).shard(2, 0).shard(3, 0);
            stream.put(1, 200, 229).put(2, 230, 259).put(3, 260, LAST);
            try {
                assertThat(seen.await(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                job.cancel().get();
            }
        }
        assertThat(restarts.get()).isEqualTo(1);
        assertThat(Counting.state)
                .isEqualTo(IntStream.rangeClosed(0, LAST).boxed().toList());
    }

    private static JobClient start(FakeStream stream) throws Exception {
        Configuration settings = new Configuration();
        settings.setString("restart-strategy.type", "fixed-delay");
        settings.setString("restart-strategy.fixed-delay.delay", "1 ms");
        settings.setString("taskmanager.memory.network.max", "16 mb");
        settings.setString("taskmanager.memory.managed.size", "16 mb");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
        env.enableCheckpointing(50);
        KinesisSource<Integer> source = new KinesisSource<>(
                stream.connection(),
                new StreamRef("orders"),
                new KinesisSource.Options(StartFrom.trimHorizon(), Duration.ofMillis(100), 10, Duration.ofMillis(20)),
                new Numbers());
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "orders")
                .map(new Counting())
                .sinkTo(new DiscardingSink<>());
        return env.executeAsync("counting");
    }

    private static final class Numbers implements KinesisDeserializer<Integer> {
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
            if (new TreeSet<>(numbers).size() == LAST + 1) {
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
        }
    }
}
