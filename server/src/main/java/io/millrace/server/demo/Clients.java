package io.millrace.server.demo;

import io.millrace.server.node.Connections;
import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;

/** The AWS SDK's clients, pointed at the node: the only thing a user changes is the endpoint. */
final class Clients {
    private final URI endpoint;

    Clients(Connections connections) {
        this.endpoint = URI.create(connections.api());
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
                .build();
    }
}
