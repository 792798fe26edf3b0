package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.ingest.Ingest;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.ReservedNamespace;
import io.millrace.protocol.auth.SigV4Authentication;
import io.millrace.protocol.endpoint.Endpoint;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** What was put directly is read by the delivery job, and by nobody else, whether callers have to sign or not. */
@Timeout(60)
class HiddenBuffersTest {
    private static final String NAME = "000000000000.us-east-1.orders.1700000000000";
    private static final Duration SKEW = SigV4Authentication.DEFAULT_CLOCK_SKEW;
    private static final AccessKey USER = new AccessKey("test", "test", Namespace.DEFAULT_ACCOUNT, "");

    @TempDir
    Path directory;

    private final AccessKey jobs = AccessKey.generate(new SecureRandom(), Namespace.DEFAULT_ACCOUNT, "jobs");
    private Ingest ingest;
    private StreamBuffers buffers;
    private Endpoint endpoint;

    private void start(boolean signed) throws Exception {
        Authentication users = signed
                ? new SigV4Authentication(id -> id.equals(USER.id()) ? USER : null, SKEW, InstantSource.system())
                : Authentication.off();
        ingest = Ingest.open(directory, new Durability.OperatingSystem(), Duration.ZERO, InstantSource.system());
        buffers = new StreamBuffers(ingest.streams(), ingest.records(), jobs);
        Supplier<SslContext> noTls = () -> {
            throw new IllegalStateException("no TLS here");
        };
        endpoint = Endpoint.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                noTls,
                new ApiRouter(new ReservedNamespace(jobs, "kinesis", SKEW, InstantSource.system(), users))
                        .add(ingest.service()));
    }

    @AfterEach
    void stop() throws Exception {
        endpoint.close();
        ingest.close();
    }

    private KinesisClient client(String keyId, String secret, String region) {
        return KinesisClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + endpoint.port()))
                .region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(keyId, secret)))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    private static String iterator(KinesisClient client, String arn) {
        return client.getShardIterator(request -> request.streamARN(arn)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theJobReadsAndNobodyElseDoes(boolean signed) throws Exception {
        start(signed);
        String arn = buffers.create(NAME);
        buffers.put(NAME, List.of("hush".getBytes(StandardCharsets.UTF_8)))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);

        String iterator;
        try (KinesisClient job = client(jobs.id(), jobs.secret(), "us-east-1")) {
            assertThat(job.listShards(request -> request.streamARN(arn)).shards())
                    .hasSize(1);
            iterator = iterator(job, arn);
            assertThat(job.getRecords(request -> request.shardIterator(iterator).streamARN(arn))
                            .records())
                    .singleElement()
                    .satisfies(
                            record -> assertThat(record.data().asUtf8String()).isEqualTo("hush"));
        }
        for (String region : List.of("us-east-1", "eu-west-1")) {
            refusesAll(client(USER.id(), USER.secret(), region), arn, iterator);
            refusesAll(client(jobs.id(), "guess", region), arn, iterator);
            refusesAll(client("000000000000", "any", region), arn, iterator);
        }
        assertThat(ingest.streams()
                        .find(new StreamKey(ReservedNamespace.NAMESPACE, NAME))
                        .orElseThrow()
                        .tags())
                .isEmpty();
        assertThat(buffers.exists(arn, Namespace.DEFAULT)).isFalse();
        assertThat(buffers.exists(arn, ReservedNamespace.NAMESPACE)).isFalse();
    }

    private static void refusesAll(KinesisClient stranger, String arn, String iterator) {
        try (stranger) {
            refuses(() -> iterator(stranger, arn));
            refuses(() -> stranger.getRecords(request -> request.shardIterator(iterator)));
            refuses(() -> stranger.listShards(request -> request.streamARN(arn)));
            refuses(() -> stranger.listShards(request -> request.streamName(NAME)));
            refuses(() -> stranger.describeStream(request -> request.streamName(NAME)));
            refuses(() -> stranger.describeStreamSummary(request -> request.streamARN(arn)));
            refuses(() -> stranger.describeStreamSummary(
                    request -> request.streamARN(arn.replace("node_internal", "us-east-1"))));
            refuses(() ->
                    stranger.addTagsToStream(request -> request.streamARN(arn).tags(Map.of("a", "b"))));
            refuses(() -> stranger.deleteStream(request -> request.streamARN(arn)));
            refuses(() -> stranger.deleteStream(request -> request.streamName(NAME)));
            refuses(() -> stranger.putRecord(
                    request -> request.streamARN(arn).partitionKey("a").data(SdkBytes.fromUtf8String("b"))));
            refuses(() -> assertThat(stranger.listStreams().streamNames()).doesNotContain(NAME), true);
        }
    }

    private static void refuses(Runnable call) {
        refuses(call, false);
    }

    /** @param mayPass whether a caller that is known gets an answer, in which there is nothing */
    private static void refuses(Runnable call, boolean mayPass) {
        try {
            call.run();
        } catch (KinesisException e) {
            return;
        }
        assertThat(mayPass).as("a call that was answered").isTrue();
    }

    @Test
    void theBuffersOfEarlierVersionsStayWhereTheirJobsReadThem() throws Exception {
        start(true);
        String arn = buffers.create("firehose.us-east-1.orders.1600000000000");

        assertThat(arn)
                .isEqualTo("arn:aws:kinesis:us-east-1:000000000000:stream/firehose.us-east-1.orders.1600000000000");
        assertThat(buffers.keyOf("firehose.us-east-1.orders.1600000000000")).isNull();
        assertThat(buffers.keyOf(NAME)).isNotNull();
        try (KinesisClient user = client(USER.id(), USER.secret(), "us-east-1")) {
            assertThat(iterator(user, arn)).isNotEmpty();
            assertThat(user.listStreams().streamNames()).isEmpty();
            assertThatExceptionOfType(ResourceNotFoundException.class)
                    .isThrownBy(() -> iterator(user, arn.replace("orders", "others")));
        }
    }
}
