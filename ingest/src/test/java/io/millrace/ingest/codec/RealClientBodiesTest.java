package io.millrace.ingest.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.shape.BodyFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/** Bodies that real clients sent, all with the same content, are taken by the hot decoders. */
@Timeout(60)
class RealClientBodiesTest {
    private static final String KEY = "kü😀\n\"\\/";
    private static final String ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
    private static final String ITERATOR = "AAAAAAAAAAE+/x==";

    /** What one client sent for the three operations. */
    record Bodies(BodyFormat format, byte[] putRecords, byte[] putRecord, byte[] getRecords) {}

    static Stream<Arguments> clients() {
        return Stream.of(
                Arguments.of(
                        "boto3 1.43.11",
                        json(
                                "{\"StreamName\": \"orders\", \"Records\": [{\"Data\": \"aGVsbG8=\", \"PartitionKey\": \"k\\u00fc\\ud83d\\ude00\\n\\\"\\\\/\"}, {\"Data\": \"\", \"PartitionKey\": \"k\", \"ExplicitHashKey\": \"17\"}]}",
                                "{\"StreamARN\": \"%s\", \"Data\": \"AP/+\", \"PartitionKey\": \"p\", \"SequenceNumberForOrdering\": \"49\"}"
                                        .formatted(ARN),
                                "{\"ShardIterator\": \"AAAAAAAAAAE+/x==\", \"Limit\": 25}")),
                Arguments.of(
                        "AWS CLI 2.9.19",
                        json(
                                "{\"Records\": [{\"Data\": \"aGVsbG8=\", \"PartitionKey\": \"k\\u00fc\\ud83d\\ude00\\n\\\"\\\\/\"}, {\"Data\": \"\", \"PartitionKey\": \"k\", \"ExplicitHashKey\": \"17\"}], \"StreamName\": \"orders\"}",
                                "{\"StreamName\": \"orders\", \"Data\": \"AP/+\", \"PartitionKey\": \"p\", \"SequenceNumberForOrdering\": \"49\"}",
                                "{\"ShardIterator\": \"AAAAAAAAAAE+/x==\", \"Limit\": 25}")),
                Arguments.of(
                        "AWS SDK for JavaScript 3.1143.0",
                        json(
                                "{\"Records\":[{\"Data\":\"aGVsbG8=\",\"PartitionKey\":\"kü😀\\n\\\"\\\\/\"},{\"Data\":\"\",\"ExplicitHashKey\":\"17\",\"PartitionKey\":\"k\"}],\"StreamName\":\"orders\"}",
                                "{\"Data\":\"AP/+\",\"PartitionKey\":\"p\",\"SequenceNumberForOrdering\":\"49\",\"StreamARN\":\"%s\"}"
                                        .formatted(ARN),
                                "{\"ShardIterator\":\"AAAAAAAAAAE+/x==\",\"Limit\":25}")),
                Arguments.of(
                        "AWS SDK for Java 1.12.797",
                        new Bodies(
                                BodyFormat.CBOR,
                                HexFormat.of()
                                        .parseHex(
                                                "bf675265636f7264739fbf64446174614568656c6c6f6c506172746974696f6e4b65796b6bc3bcf09f98800a225c2fffbf6444617461406f4578706c69636974486173684b65796231376c506172746974696f6e4b6579616bffff6a53747265616d4e616d65666f7264657273ff"),
                                HexFormat.of()
                                        .parseHex(
                                                "bf64446174614300fffe6c506172746974696f6e4b65796170781953657175656e63654e756d626572466f724f72646572696e676234396953747265616d41524e783461726e3a6177733a6b696e657369733a75732d656173742d313a3132333435363738393031323a73747265616d2f6f7264657273ff"),
                                HexFormat.of()
                                        .parseHex(
                                                "bf6d53686172644974657261746f727041414141414141414141452b2f783d3d654c696d69741819ff"))),
                Arguments.of(
                        "CBOR with definite lengths",
                        new Bodies(
                                BodyFormat.CBOR,
                                HexFormat.of()
                                        .parseHex(
                                                "a2675265636f72647382a264446174614568656c6c6f6c506172746974696f6e4b65796b6bc3bcf09f98800a225c2fa36444617461406f4578706c69636974486173684b65796231376c506172746974696f6e4b6579616b6a53747265616d4e616d65666f7264657273"),
                                HexFormat.of()
                                        .parseHex(
                                                "a464446174614300fffe6c506172746974696f6e4b65796170781953657175656e63654e756d626572466f724f72646572696e676234396953747265616d41524e783461726e3a6177733a6b696e657369733a75732d656173742d313a3132333435363738393031323a73747265616d2f6f7264657273"),
                                HexFormat.of()
                                        .parseHex(
                                                "a26d53686172644974657261746f727041414141414141414141452b2f783d3d654c696d69741819"))));
    }

    private static Bodies json(String putRecords, String putRecord, String getRecords) {
        return new Bodies(BodyFormat.JSON_1_1, utf8(putRecords), utf8(putRecord), utf8(getRecords));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clients")
    void whatAClientSentIsTaken(String client, Bodies bodies) {
        assertTaken(bodies);
    }

    /** It indents with tabs, and names the hash key of each record once it knows the shards. */
    @Test
    void whatTheProducerLibrarySentIsTaken() {
        String hashKey = "2924004840969765965373453332922295583";
        byte[] body = utf8(
                "{\n\t\"Records\":\t[{\n\t\t\t\"Data\":\t\"aGVsbG8=\",\n\t\t\t\"ExplicitHashKey\":\t\"" + hashKey
                        + "\",\n\t\t\t\"PartitionKey\":\t\"kü😀\\n\\\"\\\\/\"\n\t\t}, {\n\t\t\t\"Data\":\t\"\",\n\t\t\t\"ExplicitHashKey\":\t\"17\",\n\t\t\t\"PartitionKey\":\t\"k\"\n\t\t}],\n\t\"StreamName\":\t\"orders\"\n}");
        GenericInput.PutRecords taken = assertTaken(body, BodyFormat.JSON_1_1);
        assertThat(taken.records().get(0).explicitHashKey()).isEqualTo(hashKey);
    }

    @ParameterizedTest
    @EnumSource(
            value = BodyFormat.class,
            names = {"JSON_1_1", "CBOR"})
    void whatTheJavaSdkSendsIsTaken(BodyFormat format) {
        String property = SdkSystemSetting.CBOR_ENABLED.property();
        System.setProperty(property, Boolean.toString(format == BodyFormat.CBOR));
        try {
            Recorder recorder = new Recorder();
            try (KinesisClient client = KinesisClient.builder()
                    .httpClient(recorder)
                    .endpointOverride(URI.create("http://localhost:1"))
                    .region(Region.US_EAST_1)
                    .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
                    .overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1)))
                    .build()) {
                send(
                        client,
                        c -> c.putRecords(r -> r.streamName("orders")
                                .records(List.of(
                                        PutRecordsRequestEntry.builder()
                                                .data(SdkBytes.fromUtf8String("hello"))
                                                .partitionKey(KEY)
                                                .build(),
                                        PutRecordsRequestEntry.builder()
                                                .data(SdkBytes.fromUtf8String(""))
                                                .partitionKey("k")
                                                .explicitHashKey("17")
                                                .build()))));
                send(
                        client,
                        c -> c.putRecord(r -> r.streamARN(ARN)
                                .data(SdkBytes.fromByteArray(new byte[] {0, -1, -2}))
                                .partitionKey("p")
                                .sequenceNumberForOrdering("49")));
                send(client, c -> c.getRecords(r -> r.shardIterator(ITERATOR).limit(25)));
            }
            assertThat(recorder.contentTypes).containsOnly(format.contentType()).hasSize(3);
            assertTaken(new Bodies(format, recorder.bodies.get(0), recorder.bodies.get(1), recorder.bodies.get(2)));
        } finally {
            System.clearProperty(property);
        }
    }

    private static void send(KinesisClient client, Consumer<KinesisClient> call) {
        assertThatThrownBy(() -> call.accept(client)).isInstanceOf(SdkClientException.class);
    }

    private static GenericInput.PutRecords assertTaken(byte[] putRecords, BodyFormat format) {
        GenericInput.PutRecords many = GenericInput.hotPutRecords(putRecords, format);
        assertThat(many).isNotNull().isEqualTo(GenericInput.putRecords(putRecords, format));
        assertThat(many.streamName()).isEqualTo("orders");
        assertThat(many.records().get(0).key()).isEqualTo(KEY);
        assertThat(many.records().get(0).data()).isEqualTo(StandardCharsets.UTF_8.encode("hello"));
        assertThat(many.records().get(1).explicitHashKey()).isEqualTo("17");
        return many;
    }

    private static void assertTaken(Bodies bodies) {
        assertTaken(bodies.putRecords(), bodies.format());
        GenericInput.PutRecord one = GenericInput.hotPutRecord(bodies.putRecord(), bodies.format());
        assertThat(one).isNotNull().isEqualTo(GenericInput.putRecord(bodies.putRecord(), bodies.format()));
        assertThat(one.streamArn() == null ? one.streamName() : one.streamArn()).isIn("orders", ARN);
        assertThat(one.ordering()).isEqualTo("49");

        assertThat(GetRecordsBody.decode(bodies.getRecords(), bodies.format()))
                .isEqualTo(new GetRecordsBody(ITERATOR, 25, null))
                .isEqualTo(GenericInput.getRecords(bodies.getRecords(), bodies.format()));
    }

    /** An HTTP client that keeps what it is given and never answers. */
    private static final class Recorder implements SdkHttpClient {
        private final List<byte[]> bodies = new ArrayList<>();
        private final List<String> contentTypes = new ArrayList<>();

        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            contentTypes.add(
                    request.httpRequest().firstMatchingHeader("Content-Type").orElse(""));
            try {
                bodies.add(request.contentStreamProvider()
                        .orElseThrow()
                        .newStream()
                        .readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() throws IOException {
                    throw new IOException("recorded");
                }

                @Override
                public void abort() {}
            };
        }

        @Override
        public void close() {}
    }
}
