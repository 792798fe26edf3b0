package io.millrace.ingest;

import java.net.URI;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.KinesisClientBuilder;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** The synchronous Java client in cleartext, and the waiting that every test does. */
final class Clients {
    private Clients() {}

    static KinesisClient to(int port) {
        return builder(port).build();
    }

    /** One of an account, which is its access key where nobody is authenticated. */
    static KinesisClient of(int port, String account) {
        return builder(port)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(account, "test")))
                .build();
    }

    /** One that tells of every refusal at once. */
    static KinesisClient withoutRetries(int port) {
        return builder(port)
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
    }

    private static KinesisClientBuilder builder(int port) {
        return KinesisClient.builder()
                .endpointOverride(URI.create("http://localhost:" + port))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create());
    }

    /** Creates a stream of a name that nobody else has. */
    static String createStream(KinesisClient client, int shards) throws InterruptedException {
        String stream = "stream-" + UUID.randomUUID();
        withinRates(() -> client.createStream(r -> r.streamName(stream).shardCount(shards)));
        awaitActive(client, stream);
        return stream;
    }

    static StreamDescriptionSummary awaitActive(KinesisClient client, String stream) throws InterruptedException {
        while (true) {
            StreamDescriptionSummary summary = withinRates(() ->
                    client.describeStreamSummary(r -> r.streamName(stream)).streamDescriptionSummary());
            if (summary.streamStatus() == StreamStatus.ACTIVE) {
                return summary;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** The answer to a call that is made again as long as an account makes too many of them, where limits are on. */
    static <T> T withinRates(Supplier<T> call) throws InterruptedException {
        while (true) {
            try {
                return call.get();
            } catch (LimitExceededException e) {
                if (!e.getMessage().startsWith("Rate exceeded for account")) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }
}
