package io.millrace.analytics.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millrace.analytics.connector.TestStreams;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Jobs that restart without end, over a sink into a real stream. */
@Timeout(60)
class KinesisSinkTest {
    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir
    Path directory;

    private TestStreams streams;

    @BeforeEach
    void start() throws Exception {
        streams = new TestStreams(directory);
        streams.create("orders", 1);
    }

    @AfterEach
    void stop() throws Exception {
        streams.close();
    }

    /** An entry as text, so that Flink can hand it on: partition key, explicit hash key or nothing, bytes of data. */
    private static String entry(String key, String hashKey, int bytes) {
        return key + "," + hashKey + "," + bytes;
    }

    private static PutRecordsRequestEntry parse(String text) {
        String[] parts = text.split(",", 3);
        return PutRecordsRequestEntry.builder()
                .partitionKey(parts[0])
                .explicitHashKey(parts[1].isEmpty() ? null : parts[1])
                .data(SdkBytes.fromByteArray(new byte[Integer.parseInt(parts[2])]))
                .build();
    }

    private JobClient run(String stream, KinesisSink.Limits limits, String... entries) throws Exception {
        Configuration settings = new Configuration();
        settings.setString("restart-strategy.type", "fixed-delay");
        settings.setString("restart-strategy.fixed-delay.attempts", "2147483647");
        settings.setString("restart-strategy.fixed-delay.delay", "1 ms");
        settings.setString("taskmanager.memory.network.max", "16 mb");
        settings.setString("taskmanager.memory.managed.size", "16 mb");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
        ElementConverter<String, PutRecordsRequestEntry> converter = (text, context) -> parse(text);
        env.fromData(TypeInformation.of(String.class), entries)
                .sinkTo(new KinesisSink<>(streams.connection(), new StreamRef(stream), converter, limits, false));
        return env.executeAsync("sink");
    }

    /** Returns why a job has ended: its result is known once it restarts no more. */
    private static FinalFailureException failure(JobClient job) {
        Throwable failure = catchThrowable(() -> job.getJobExecutionResult().get());
        return ExceptionUtils.findThrowable(failure, FinalFailureException.class)
                .orElseThrow(() -> new AssertionError("not final", failure));
    }

    private List<String> keys() {
        String iterator = streams.client()
                .getShardIterator(request -> request.streamName("orders")
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        return streams.client().getRecords(request -> request.shardIterator(iterator)).records().stream()
                .map(record -> record.partitionKey())
                .toList();
    }

    @Test
    void aStreamThatIsNotThereEndsTheJob() throws Exception {
        JobClient job = run("nowhere", KinesisSink.Limits.defaults(), entry("a", "", 1));

        assertThat(failure(job))
                .hasMessageStartingWith("stream 'nowhere': does not exist (ResourceNotFoundException: ");
    }

    @Test
    void aRecordAboveTheLimitOfItsStreamEndsTheJobAndThoseBeforeItArrive() throws Exception {
        JobClient job = run(
                "orders",
                KinesisSink.Limits.defaults(),
                entry("a", "", 1),
                entry("b", "", MEBIBYTE - 1),
                entry("large", "", MEBIBYTE - 4),
                entry("d", "", 1));

        assertThat(failure(job))
                .hasMessage("stream 'orders': record 3 of this sink task (partition key 'large', 1048572 bytes of data)"
                        + " is refused: Data: 1048577 bytes with the partition key"
                        + " (expected: at most 1048576, the stream's MaxRecordSizeInKiB)");
        assertThat(keys()).containsExactly("a", "b");
    }

    @Test
    void aStreamThatTakesLargeRecordsGetsThemUpToTheSizeOfABatch() throws Exception {
        String arn = streams.client()
                .describeStreamSummary(request -> request.streamName("orders"))
                .streamDescriptionSummary()
                .streamARN();
        streams.client().updateMaxRecordSize(request -> request.streamARN(arn).maxRecordSizeInKiB(10_240));

        JobClient job = run(
                "orders",
                KinesisSink.Limits.defaults(),
                entry("a", "", 3 * MEBIBYTE),
                entry("b", "", 3 * MEBIBYTE),
                entry("c", "", 6 * MEBIBYTE));

        assertThat(failure(job))
                .hasMessageContaining("record 3 ")
                .hasMessageContaining("(expected: at most 5242880, the value of sink.flush-buffer.size)");
        assertThat(keys()).containsExactly("a", "b");
    }

    @Test
    void keysThatTheServiceRefusesEndTheJob() throws Exception {
        assertThat(failure(run("orders", KinesisSink.Limits.defaults(), entry("k".repeat(257), "", 1))))
                .hasMessageContaining("PartitionKey: 257 characters (expected: 1 to 256)");
        assertThat(failure(run("orders", KinesisSink.Limits.defaults(), entry("", "", 1))))
                .hasMessageContaining("PartitionKey: 0 characters (expected: 1 to 256)");
        for (String hashKey : List.of("340282366920938463463374607431768211456", "-1", "0x10", "007")) {
            assertThat(failure(run("orders", KinesisSink.Limits.defaults(), entry("a", hashKey, 1))))
                    .hasMessageContaining(
                            "ExplicitHashKey: " + hashKey + " (expected: a decimal number from 0 to 2^128-1)");
        }
        assertThat(keys()).isEmpty();
    }

    @Test
    void whatIsInOrderArrives() throws Exception {
        String[] entries = Stream.iterate(0, n -> n + 1)
                .limit(1200)
                .map(n -> entry("é".repeat(n % 256 + 1), "340282366920938463463374607431768211455", n))
                .toArray(String[]::new);
        JobClient job = run("orders", KinesisSink.Limits.defaults(), entries);

        job.getJobExecutionResult().get();
        assertThat(keys()).hasSize(1200);
    }
}
