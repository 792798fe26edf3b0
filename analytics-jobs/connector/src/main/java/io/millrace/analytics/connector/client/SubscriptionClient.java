package io.millrace.analytics.connector.client;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClientBuilder;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * A client for subscriptions, over HTTP/2 with threads of its own. Closing it ends all subscriptions. It is apart from
 * {@link Connection} so that a job that only polls needs no Netty on its path.
 */
public final class SubscriptionClient implements AutoCloseable {
    /** Longer than a subscription lives: a reader without room asks for nothing, and nothing arrives. */
    private static final Duration SOCKET_TIMEOUT = Duration.ofMinutes(6);

    private static final int THREADS = 2;

    private final KinesisAsyncClient kinesis;
    private final SdkAsyncHttpClient http;
    private final SdkEventLoopGroup threads;

    private SubscriptionClient(KinesisAsyncClient kinesis, SdkAsyncHttpClient http, SdkEventLoopGroup threads) {
        this.kinesis = kinesis;
        this.http = http;
        this.threads = threads;
    }

    /** @param maxConcurrency how many subscriptions may be open at once */
    public static SubscriptionClient open(Connection connection, int maxConcurrency) {
        SdkEventLoopGroup threads =
                SdkEventLoopGroup.builder().numberOfThreads(THREADS).build();
        NettyNioAsyncHttpClient.Builder builder = NettyNioAsyncHttpClient.builder()
                .maxConcurrency(maxConcurrency)
                .maxPendingConnectionAcquires(maxConcurrency)
                .readTimeout(SOCKET_TIMEOUT)
                .eventLoopGroup(threads);
        Trust trust = connection.trust();
        TrustManager[] managers = trust.anyCertificate() ? null : trust.managers();
        if (managers != null) {
            builder.tlsTrustManagersProvider(() -> managers);
        }
        SdkAsyncHttpClient http = builder.buildWithDefaults(AttributeMap.builder()
                .put(SdkHttpConfigurationOption.PROTOCOL, Protocol.HTTP2)
                .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, trust.anyCertificate())
                .build());
        KinesisAsyncClientBuilder kinesis = KinesisAsyncClient.builder()
                .region(Region.of(connection.region()))
                .credentialsProvider(connection.credentials().open(connection.region()))
                .httpClient(http);
        String endpoint = connection.endpoint();
        if (endpoint != null) {
            kinesis.endpointOverride(URI.create(endpoint));
        }
        return new SubscriptionClient(kinesis.build(), http, threads);
    }

    public KinesisAsyncClient kinesis() {
        return kinesis;
    }

    /** The SDK closes no HTTP client that it was given, and that closes no threads that it was given. */
    @Override
    public void close() {
        kinesis.close();
        http.close();
        threads.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
