package io.millrace.analytics.connector;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.Trust;
import io.millrace.ingest.Ingest;
import io.millrace.ingest.log.Durability;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** Data Streams of a node on a free port, with a client. */
public final class TestStreams implements AutoCloseable {
    private final Ingest ingest;
    private final Endpoint endpoint;
    private final KinesisClient client;

    public TestStreams(Path directory) throws IOException {
        ingest = Ingest.open(
                directory.resolve("streams"), new Durability.Fsync(), Duration.ofMillis(1), InstantSource.system());
        endpoint = Endpoint.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ServerCertificate.loadOrCreate(directory.resolve("tls")).context(),
                new ApiRouter().add(ingest.service()));
        client = connection().open();
    }

    public Connection connection() {
        return new Connection("http://localhost:" + endpoint.port(), "us-east-1", "key", "secret", Trust.usual());
    }

    public KinesisClient client() {
        return client;
    }

    public void create(String stream, int shards) throws InterruptedException {
        client.createStream(request -> request.streamName(stream).shardCount(shards));
        awaitActive(stream);
    }

    public void awaitActive(String stream) throws InterruptedException {
        while (client.describeStreamSummary(request -> request.streamName(stream))
                        .streamDescriptionSummary()
                        .streamStatus()
                != StreamStatus.ACTIVE) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Puts the numbers from the first to the last as texts, spread over the keys 0 to 9. */
    public void put(String stream, int first, int last) {
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        for (int number = first; number <= last; number++) {
            entries.add(PutRecordsRequestEntry.builder()
                    .partitionKey(Integer.toString(number % 10))
                    .data(SdkBytes.fromUtf8String(Integer.toString(number)))
                    .build());
        }
        client.putRecords(request -> request.streamName(stream).records(entries));
    }

    @Override
    public void close() throws IOException {
        client.close();
        endpoint.close();
        ingest.close();
    }
}
