package io.millrace.analytics.connector;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.FanOut;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.Retry;
import io.millrace.analytics.connector.source.StartFrom;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.model.Consumer;

/** Jobs that read by enhanced fan-out from a stream of a node that is resharded, fail on the way, and are restored. */
@Timeout(120)
class FanOutTest {
    private static final BigInteger MIDDLE = BigInteger.ONE.shiftLeft(126);

    @TempDir
    static Path directory;

    private static TestStreams streams;

    @BeforeAll
    static void start() throws IOException {
        streams = new TestStreams(directory);
    }

    @AfterAll
    static void stop() throws IOException {
        streams.close();
    }

    private static KinesisSource.Options polling() {
        return new KinesisSource.Options(StartFrom.trimHorizon(), Duration.ofMillis(100), 10, Duration.ofMillis(20));
    }

    private static KinesisSource.Options pushed() {
        Retry retry = new Retry(Duration.ofMillis(100), Duration.ofSeconds(1), 2, 100);
        return polling()
                .withFanOut(new FanOut(
                        FanOut.Consumer.named("counting", FanOut.Lifecycle.JOB_MANAGED),
                        Duration.ofSeconds(20),
                        retry,
                        retry,
                        100));
    }

    private static KinesisSource<Integer> source(String stream, KinesisSource.Options options) {
        return new KinesisSource<>(streams.connection(), new StreamRef(stream), options, new CountingJob.Numbers());
    }

    private static void split(String stream, int shard) throws InterruptedException {
        streams.client()
                .splitShard(request -> request.streamName(stream)
                        .shardToSplit(FakeStream.id(shard))
                        .newStartingHashKey(MIDDLE.toString()));
        streams.awaitActive(stream);
    }

    private static List<Consumer> consumers(String stream) {
        String arn = streams.client()
                .describeStreamSummary(request -> request.streamName(stream))
                .streamDescriptionSummary()
                .streamARN();
        return streams.client()
                .listStreamConsumers(request -> request.streamARN(arn))
                .consumers();
    }

    private static void awaitNoConsumer(String stream) throws InterruptedException {
        while (!consumers(stream).isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void everyRecordIsInTheStateOnceAcrossASplitAndARestartAndTheConsumerGoesWithTheJob() throws Exception {
        streams.create("restarted", 2);
        streams.put("restarted", 0, 199);
        JobClient job = CountingJob.start(source("restarted", pushed()), 599, true, "");
        try {
            assertThat(CountingJob.awaitCheckpoint()).isTrue();
            split("restarted", 0);
            streams.put("restarted", 200, 599);
            assertThat(CountingJob.awaitAll()).isTrue();
            assertThat(consumers("restarted"))
                    .singleElement()
                    .satisfies(consumer -> assertThat(consumer.consumerName()).isEqualTo("counting"));
        } finally {
            job.cancel().get();
        }
        assertThat(CountingJob.restarts()).isEqualTo(1);
        assertThat(CountingJob.state()).isEqualTo(CountingJob.allNumbers());
        awaitNoConsumer("restarted");
    }

    @Test
    void aJobChangesBetweenPollingAndFanOutAndGoesOnFromItsState() throws Exception {
        streams.create("changing", 1);
        String savepoint = "";
        int last = -1;
        for (KinesisSource.Options options : List.of(polling(), pushed(), polling())) {
            streams.put("changing", last + 1, last + 50);
            last += 50;
            if (last == 99) {
                split("changing", 0);
            }
            JobClient job = CountingJob.start(source("changing", options), last, false, savepoint);
            assertThat(CountingJob.awaitAll()).isTrue();
            savepoint = job.stopWithSavepoint(
                            false, directory.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                    .get();
            assertThat(CountingJob.state()).isEqualTo(CountingJob.allNumbers());
        }
        awaitNoConsumer("changing");
    }
}
