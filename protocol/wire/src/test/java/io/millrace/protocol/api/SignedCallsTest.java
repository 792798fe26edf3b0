package io.millrace.protocol.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.SigV4Authentication;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.utils.AttributeMap;

/** The unmodified Java SDK at its defaults against an endpoint that lets in only who signs. */
@Timeout(30)
class SignedCallsTest {
    private static final AccessKey ALICE = new AccessKey("AKIAALICE", "secret/of+alice", "123456789012", "alice");
    private static final AwsBasicCredentials RIGHT = AwsBasicCredentials.create(ALICE.id(), ALICE.secret());
    private static final AttributeMap TRUST_ALL = AttributeMap.builder()
            .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
            .build();

    @TempDir
    Path directory;

    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
    private ApiServer server;

    @BeforeEach
    void start() {
        server = new ApiServer(
                directory,
                new SigV4Authentication(
                        id -> id.equals(ALICE.id()) ? ALICE : null,
                        SigV4Authentication.DEFAULT_CLOCK_SKEW,
                        () -> Instant.now().plus(ahead.get())));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void theSynchronousClientIsKnownByItsKey(String scheme) {
        try (KinesisClient client = sync(scheme, StaticCredentialsProvider.create(RIGHT))) {
            assertThat(client.listStreams().streamNames()).containsExactly("123456789012", "eu-west-1");
            String large = "x".repeat(1_000_000);
            assertThat(client.putRecord(r -> r.streamName("s").partitionKey("k").data(SdkBytes.fromUtf8String(large)))
                            .sequenceNumber())
                    .isEqualTo("1000000");
        }
    }

    @ParameterizedTest
    @CsvSource({"http, HTTP1_1", "https, HTTP1_1", "http, HTTP2", "https, HTTP2"})
    void theAsynchronousClientIsKnownByItsKeyWhateverItSpeaks(String scheme, Protocol protocol) {
        try (KinesisAsyncClient client = async(scheme, protocol, RIGHT)) {
            assertThat(client.listStreams().join().streamNames()).containsExactly("123456789012", "eu-west-1");
            assertThat(client.putRecord(r -> r.streamName("s").partitionKey("k").data(SdkBytes.fromUtf8String("hello")))
                            .join()
                            .sequenceNumber())
                    .isEqualTo("5");
        }
    }

    @Test
    void theAsynchronousClientAtItsDefaultsIsKnown() {
        try (KinesisAsyncClient client = KinesisAsyncClient.builder()
                .endpointOverride(uri("http"))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(RIGHT))
                .build()) {
            assertThat(client.listStreams().join().streamNames()).containsExactly("123456789012", "eu-west-1");
        }
    }

    @Test
    void aWrongSecretAnUnknownKeyATokenAndNoSignatureAreTold() {
        assertRefused(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(ALICE.id(), "guess")),
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided.");
        assertRefused(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIAEVE", "guess")),
                "UnrecognizedClientException",
                "The security token included in the request is invalid.");
        assertRefused(
                StaticCredentialsProvider.create(AwsSessionCredentials.create(ALICE.id(), ALICE.secret(), "token")),
                "UnrecognizedClientException",
                "The security token included in the request is invalid");
        assertRefused(
                AnonymousCredentialsProvider.create(),
                "MissingAuthenticationTokenException",
                "Missing Authentication Token");
        assertThat(server.served()).isZero();
    }

    private void assertRefused(AwsCredentialsProvider credentials, String code, String text) {
        try (KinesisClient client = sync("http", credentials)) {
            assertThatExceptionOfType(KinesisException.class)
                    .isThrownBy(client::listStreams)
                    .satisfies(e -> {
                        AwsErrorDetails details = e.awsErrorDetails();
                        assertThat(e.statusCode()).isEqualTo(400);
                        assertThat(details.errorCode()).isEqualTo(code);
                        assertThat(details.errorMessage()).startsWith(text);
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {600, -600})
    void aClientWhoseClockIsWrongIsToldTheTimeAndComesThroughWithItsNextTry(long seconds) {
        ahead.set(Duration.ofSeconds(seconds));
        try (KinesisClient client = sync("http", StaticCredentialsProvider.create(RIGHT))) {
            assertThat(client.listStreams().streamNames()).containsExactly("123456789012", "eu-west-1");
            assertThat(server.served()).isEqualTo(1);
        }
    }

    @Test
    void theAsynchronousClientIsToldToo() {
        try (KinesisAsyncClient client =
                async("http", Protocol.HTTP2, AwsBasicCredentials.create("AKIAEVE", "guess"))) {
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> client.listStreams().join())
                    .withCauseInstanceOf(KinesisException.class)
                    .withMessageContaining("The security token included in the request is invalid.");
        }
    }

    private URI uri(String scheme) {
        return URI.create("%s://localhost:%d".formatted(scheme, server.port()));
    }

    private KinesisClient sync(String scheme, AwsCredentialsProvider credentials) {
        return KinesisClient.builder()
                .endpointOverride(uri(scheme))
                .region(Region.EU_WEST_1)
                .credentialsProvider(credentials)
                .httpClient(UrlConnectionHttpClient.builder().buildWithDefaults(TRUST_ALL))
                .build();
    }

    private KinesisAsyncClient async(String scheme, Protocol protocol, AwsBasicCredentials credentials) {
        return KinesisAsyncClient.builder()
                .endpointOverride(uri(scheme))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .httpClient(NettyNioAsyncHttpClient.builder().protocol(protocol).buildWithDefaults(TRUST_ALL))
                .build();
    }
}
