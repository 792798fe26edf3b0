package io.millrace.ingest;

import com.google.common.util.concurrent.ListenableFuture;
import io.millrace.ingest.AggregatedRecord.UserRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * The Kinesis Producer Library with its native daemon, at its defaults but for where the node is, that its certificate is not
 * checked, and that there is no CloudWatch.
 */
final class Producer implements AutoCloseable {
    private final KinesisProducer producer;
    private final String stream;

    Producer(StreamsServer server, String stream, Path scratch, UnaryOperator<KinesisProducerConfiguration> changes) {
        this.stream = stream;
        this.producer = new KinesisProducer(changes.apply(new KinesisProducerConfiguration()
                .setKinesisEndpoint("localhost")
                .setKinesisPort(server.port())
                .setStsEndpoint("localhost")
                .setStsPort(server.port())
                .setVerifyCertificate(false)
                .setMetricsLevel("none")
                .setLogLevel("warning")
                .setRegion("us-east-1")
                .setTempDirectory(scratch.toString())
                .setCredentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))));
    }

    ListenableFuture<UserRecordResult> put(UserRecord record) {
        return producer.addUserRecord(
                stream,
                record.partitionKey(),
                record.explicitHashKey(),
                ByteBuffer.wrap(record.data().getBytes(StandardCharsets.UTF_8)));
    }

    void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.flushSync();
        producer.destroy();
    }
}
