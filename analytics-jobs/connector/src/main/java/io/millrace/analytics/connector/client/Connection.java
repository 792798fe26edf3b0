package io.millrace.analytics.connector.client;

import java.io.Serializable;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.KinesisClientBuilder;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Where a stream's endpoint is and who calls it. Travels from the client to every task, so it is serializable.
 *
 * @param endpoint absent for what the AWS SDK finds by itself: {@code AWS_ENDPOINT_URL_KINESIS},
 *     {@code AWS_ENDPOINT_URL}, or the public endpoint of the region
 */
public record Connection(@Nullable String endpoint, String region, Credentials credentials, Trust trust)
        implements Serializable {
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);

    /** @param accessKey absent for the SDK's default chain, or for no signature where that finds nothing */
    public Connection(
            @Nullable String endpoint,
            String region,
            @Nullable String accessKey,
            @Nullable String secretKey,
            Trust trust) {
        this(
                endpoint,
                region,
                accessKey != null && secretKey != null
                        ? new Credentials.Basic(accessKey, secretKey)
                        : new Credentials.Auto(endpoint != null),
                trust);
    }

    /** Opens a client, which the caller closes. Thread-safe as all SDK clients are. */
    public KinesisClient open() {
        return open(SOCKET_TIMEOUT);
    }

    /** @param socketTimeout how long to wait for an answer */
    public KinesisClient open(Duration socketTimeout) {
        UrlConnectionHttpClient.Builder http = UrlConnectionHttpClient.builder().socketTimeout(socketTimeout);
        TrustManager[] managers = trust.anyCertificate() ? null : trust.managers();
        if (managers != null) {
            http.tlsTrustManagersProvider(() -> managers);
        }
        KinesisClientBuilder builder = KinesisClient.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials.open(region))
                .httpClient(http.buildWithDefaults(AttributeMap.builder()
                        .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, trust.anyCertificate())
                        .build()));
        if (endpoint != null) {
            builder.endpointOverride(URI.create(endpoint));
        }
        return builder.build();
    }
}
