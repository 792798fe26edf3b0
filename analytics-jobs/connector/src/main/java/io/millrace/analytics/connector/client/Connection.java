package io.millrace.analytics.connector.client;

import java.io.Serializable;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.KinesisClientBuilder;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Where a stream's endpoint is and who calls it. Travels from the client to every task, so it is serializable.
 *
 * @param endpoint absent for what the AWS SDK finds by itself: {@code AWS_ENDPOINT_URL_KINESIS}, {@code AWS_ENDPOINT_URL},
 *     or the public endpoint of the region
 * @param accessKey absent for the SDK's default chain, or for no signature where that finds nothing
 */
public record Connection(
        @Nullable String endpoint,
        String region,
        @Nullable String accessKey,
        @Nullable String secretKey,
        boolean trustAllCertificates)
        implements Serializable {
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);

    /** Opens a client, which the caller closes. Thread-safe as all SDK clients are. */
    public KinesisClient open() {
        KinesisClientBuilder builder = KinesisClient.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials())
                .httpClient(UrlConnectionHttpClient.builder()
                        .socketTimeout(SOCKET_TIMEOUT)
                        .buildWithDefaults(AttributeMap.builder()
                                .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, trustAllCertificates)
                                .build()));
        if (endpoint != null) {
            builder.endpointOverride(URI.create(endpoint));
        }
        return builder.build();
    }

    private AwsCredentialsProvider credentials() {
        if (accessKey != null && secretKey != null) {
            return StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
        }
        boolean inEnvironment = System.getenv("AWS_ACCESS_KEY_ID") != null;
        return endpoint != null && !inEnvironment
                ? AnonymousCredentialsProvider.create()
                : DefaultCredentialsProvider.builder().build();
    }
}
