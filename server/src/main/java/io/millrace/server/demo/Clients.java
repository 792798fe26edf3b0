package io.millrace.server.demo;

import io.millrace.server.node.Connections;
import java.net.URI;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
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
    private final AwsBasicCredentials credentials;

    Clients(Connections connections) {
        this.endpoint = URI.create(connections.api());
        Connections.ApiAccess access = connections.apiAccess();
        this.credentials = AwsBasicCredentials.create(access.accessKey(), access.secretKey());
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

    /**
     * Returns the headers with which a request whose body is streamed is signed; those that are given are signed too.
     */
    Map<String, List<String>> signed(URI url, Map<String, String> headers) {
        SdkHttpRequest.Builder request =
                SdkHttpRequest.builder().method(SdkHttpMethod.POST).uri(url);
        headers.forEach(request::putHeader);
        return AwsV4HttpSigner.create()
                .sign(sign -> sign.identity(credentials)
                        .request(request.build())
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "kinesisvideo")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, Region.US_EAST_1.id())
                        .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, false))
                .request()
                .headers();
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C build(B builder) {
        return builder.endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }
}
