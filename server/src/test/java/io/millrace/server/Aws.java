package io.millrace.server;

import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;

/**
 * The AWS SDK's clients, pointed at a node. They try each call once: a put that is repeated after its answer was lost is
 * two records, which is not what the tests count.
 *
 * @param endpoint of the node's API
 */
record Aws(URI endpoint) {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);

    static {
        System.setProperty("sun.net.http.retryPost", "false"); // the JDK's client repeats a POST by itself
    }

    KinesisClient kinesis() {
        return build(KinesisClient.builder());
    }

    FirehoseClient firehose() {
        return build(FirehoseClient.builder());
    }

    GlueClient glue() {
        return build(GlueClient.builder());
    }

    KinesisVideoClient video() {
        return build(KinesisVideoClient.builder());
    }

    KinesisVideoArchivedMediaClient archivedMedia() {
        return build(KinesisVideoArchivedMediaClient.builder());
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C build(B builder) {
        return builder.endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .overrideConfiguration(override ->
                        override.retryStrategy(AwsRetryStrategy.doNotRetry()).apiCallTimeout(CALL_TIMEOUT))
                .build();
    }

    /** Creates a stream and waits until it is active. Returns its ARN. */
    static String createStream(KinesisClient kinesis, String name, int shards) throws InterruptedException {
        kinesis.createStream(request -> request.streamName(name).shardCount(shards));
        while (true) {
            var summary = kinesis.describeStreamSummary(request -> request.streamName(name))
                    .streamDescriptionSummary();
            if (summary.streamStatus() == StreamStatus.ACTIVE) {
                return summary.streamARN();
            }
            Thread.sleep(20);
        }
    }
}
