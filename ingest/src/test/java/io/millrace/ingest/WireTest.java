package io.millrace.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.kinesis.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamResponse;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * What hostile and broken requests are answered, byte by byte over one connection that stays usable, and that JSON and CBOR
 * say the same.
 */
@Timeout(20)
class WireTest {
    private static final String PREFIX = "Kinesis_20131202.";

    @TempDir
    static Path directory;

    private static StreamsServer server;

    private Socket connection;

    @BeforeAll
    static void start() {
        server = StreamsServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() throws Exception {
        connection = new Socket(InetAddress.getLoopbackAddress(), server.port());
        connection.setSoTimeout(10_000);
    }

    /** Whatever a test did to the connection, it still serves. */
    @AfterEach
    void theConnectionIsStillUsable() throws Exception {
        assertThat(post("ListStreams", BodyFormat.JSON_1_1, bytes("{}")).status())
                .isEqualTo(200);
        connection.close();
    }

    private record Response(int status, Map<String, String> headers, byte[] body) {
        JsonNode tree(BodyFormat format) {
            return format == BodyFormat.CBOR
                    ? CBORMapper.builder().build().readTree(body)
                    : JsonMapper.shared().readTree(body);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Kinesis_20131202.Nonsense", "Other_20131202.PutRecord", "PutRecord", "Kinesis_20131202."})
    void anUnknownTargetIsAnUnknownOperation(String target) throws Exception {
        for (BodyFormat format : List.of(BodyFormat.JSON_1_1, BodyFormat.CBOR)) {
            assertError(postTo(target, format, bytes("{}")), 400, "UnknownOperationException", format);
        }
    }

    @Test
    void noTargetIsAnUnknownOperationToo() throws Exception {
        assertError(
                postTo(null, BodyFormat.JSON_1_1, bytes("{}")), 400, "UnknownOperationException", BodyFormat.JSON_1_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "nonsense",
                "\"text\"",
                "{\"StreamName\":1,\"PartitionKey\":\"k\",\"Data\":\"\"}",
                "{\"StreamName\":{},\"PartitionKey\":\"k\",\"Data\":\"\"}",
                "{\"StreamName\":\"s\",\"PartitionKey\":[\"k\"],\"Data\":\"\"}",
                "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":{}}",
                "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"not base64!\"}"
            })
    void whatIsNotTheShapeInJsonIsASerializationException(String body) throws Exception {
        assertError(
                post("PutRecord", BodyFormat.JSON_1_1, bytes(body)),
                400,
                "SerializationException",
                BodyFormat.JSON_1_1);
    }

    /** In hexadecimal: cut objects, a list, a break alone, a bad tag, reserved bits. */
    @ParameterizedTest
    @ValueSource(strings = {"a1", "bf", "80", "ff", "c1", "1c", "a16a53747265616d4e616d6501", "7f01ff"})
    void whatIsNotTheShapeInCborIsASerializationException(String hex) throws Exception {
        assertError(
                post("PutRecord", BodyFormat.CBOR, HexFormat.of().parseHex(hex)),
                400,
                "SerializationException",
                BodyFormat.CBOR);
    }

    @Test
    void aThousandNestedListsAreRefusedCleanly() throws Exception {
        byte[] json = bytes("{\"x\":" + "[".repeat(1000) + "]".repeat(1000) + "}");
        assertError(post("PutRecord", BodyFormat.JSON_1_1, json), 400, "SerializationException", BodyFormat.JSON_1_1);
        byte[] cbor = new byte[1003];
        Arrays.fill(cbor, (byte) 0x81);
        cbor[0] = (byte) 0xa1;
        cbor[1] = 0x61;
        cbor[2] = 'x';
        assertError(post("PutRecord", BodyFormat.CBOR, cbor), 400, "SerializationException", BodyFormat.CBOR);
    }

    /** A string, a blob, a list and an object that claim two gigabytes and more and hold nothing. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "7a7fffffff",
                "5a7fffffff",
                "9a7fffffff",
                "ba7fffffff",
                "7b00000001ffffffff",
                "5b7fffffffffffffff",
                "5bffffffffffffffff",
                "9bffffffffffffffff"
            })
    void aCborLengthThatIsNotThereIsRefusedCleanly(String bomb) throws Exception {
        for (String member : List.of("Data", "StreamName", "Unknown")) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.write(0xa1);
            body.write(0x60 + member.length());
            body.write(bytes(member));
            body.write(HexFormat.of().parseHex(bomb));
            assertError(
                    post("PutRecord", BodyFormat.CBOR, body.toByteArray()),
                    400,
                    "SerializationException",
                    BodyFormat.CBOR);
        }
    }

    @Test
    void aMissingElementIsAViolationAndNoInternalFailure() throws Exception {
        Response response = post("PutRecords", BodyFormat.JSON_1_1, bytes("{\"StreamName\":\"s\",\"Records\":[null]}"));
        assertError(response, 400, "ValidationException", BodyFormat.JSON_1_1);
        assertThat(response.tree(BodyFormat.JSON_1_1).get("message").asString())
                .isEqualTo(
                        "1 validation error detected: Value null at 'records.1.member' failed to satisfy constraint: Member must not be null");
    }

    @ParameterizedTest
    @EnumSource(
            value = BodyFormat.class,
            names = {"JSON_1_1", "CBOR"})
    void anErrorCarriesItsTypeItsTextAndTheRequestId(BodyFormat format) throws Exception {
        DescribeStreamRequest request =
                DescribeStreamRequest.builder().streamName("nowhere").build();
        Response response = post("DescribeStream", format, ShapeWriter.write(request, format));

        assertError(response, 400, "ResourceNotFoundException", format);
        assertThat(response.tree(format).get("message").asString())
                .isEqualTo("Stream nowhere under account 000000000000 not found.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"99999999999999999999999999", "0", "1"})
    void aSequenceNumberOfNoShardIsAnInvalidArgument(String number) throws Exception {
        String stream = create(BodyFormat.JSON_1_1);
        assertError(
                post(
                        "GetShardIterator",
                        BodyFormat.JSON_1_1,
                        ShapeWriter.write(
                                GetShardIteratorRequest.builder()
                                        .streamName(stream)
                                        .shardId("shardId-000000000000")
                                        .shardIteratorType("AT_SEQUENCE_NUMBER")
                                        .startingSequenceNumber(number)
                                        .build(),
                                BodyFormat.JSON_1_1)),
                400,
                "InvalidArgumentException",
                BodyFormat.JSON_1_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1e5", "a", "", " 1"})
    void aSequenceNumberThatIsNoNumberIsAViolation(String number) throws Exception {
        assertSequenceNumberViolates(number);
    }

    @Test
    void aSequenceNumberOfAMillionDigitsIsAViolationAndCostsNoTime() throws Exception {
        assertSequenceNumberViolates("9".repeat(1_000_000));
    }

    private void assertSequenceNumberViolates(String number) throws Exception {
        GetShardIteratorRequest request = GetShardIteratorRequest.builder()
                .streamName("s")
                .shardId("shardId-000000000000")
                .shardIteratorType("AT_SEQUENCE_NUMBER")
                .startingSequenceNumber(number)
                .build();
        assertError(
                post("GetShardIterator", BodyFormat.JSON_1_1, ShapeWriter.write(request, BodyFormat.JSON_1_1)),
                400,
                "ValidationException",
                BodyFormat.JSON_1_1);
    }

    @Test
    void jsonAndCborSayTheSame() throws Exception {
        String stream = create(BodyFormat.CBOR);
        for (int i = 0; i < 20; i++) {
            BodyFormat format = i % 2 == 0 ? BodyFormat.JSON_1_1 : BodyFormat.CBOR;
            call(
                    "PutRecord",
                    PutRecordRequest.builder()
                            .streamName(stream)
                            .partitionKey("key \u00e9 " + i)
                            .data(SdkBytes.fromByteArray(new byte[] {0, (byte) i, -1, '\n'}))
                            .build(),
                    format,
                    PutRecordResponse::builder,
                    PutRecordResponse.class);
        }
        assertSame(
                "DescribeStream",
                DescribeStreamRequest.builder().streamName(stream).build(),
                DescribeStreamResponse::builder,
                DescribeStreamResponse.class);
        ListShardsResponse shards = assertSame(
                "ListShards",
                ListShardsRequest.builder().streamName(stream).build(),
                ListShardsResponse::builder,
                ListShardsResponse.class);
        int read = 0;
        for (var shard : shards.shards()) {
            String iterator = call(
                            "GetShardIterator",
                            GetShardIteratorRequest.builder()
                                    .streamName(stream)
                                    .shardId(shard.shardId())
                                    .shardIteratorType("TRIM_HORIZON")
                                    .build(),
                            BodyFormat.CBOR,
                            GetShardIteratorResponse::builder,
                            GetShardIteratorResponse.class)
                    .shardIterator();
            GetRecordsRequest get =
                    GetRecordsRequest.builder().shardIterator(iterator).build();
            var json =
                    call("GetRecords", get, BodyFormat.JSON_1_1, GetRecordsResponse::builder, GetRecordsResponse.class);
            var cbor = call("GetRecords", get, BodyFormat.CBOR, GetRecordsResponse::builder, GetRecordsResponse.class);
            assertThat(json.records()).isEqualTo(cbor.records());
            assertThat(json.millisBehindLatest()).isEqualTo(cbor.millisBehindLatest());
            read += json.records().size();
        }
        assertThat(read).isEqualTo(20);
    }

    private <T> T assertSame(String operation, SdkPojo input, Supplier<? extends SdkPojo> builder, Class<T> type)
            throws Exception {
        T json = call(operation, input, BodyFormat.JSON_1_1, builder, type);
        assertThat(call(operation, input, BodyFormat.CBOR, builder, type)).isEqualTo(json);
        return json;
    }

    private <T> T call(
            String operation, SdkPojo input, BodyFormat format, Supplier<? extends SdkPojo> builder, Class<T> type)
            throws Exception {
        Response response = post(operation, format, ShapeWriter.write(input, format));
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers()).containsEntry("content-type", format.contentType());
        return ShapeReader.read(response.body(), format, builder, type);
    }

    private String create(BodyFormat format) throws Exception {
        String stream = "wire-" + UUID.randomUUID();
        CreateStreamRequest request =
                CreateStreamRequest.builder().streamName(stream).shardCount(2).build();
        assertThat(post("CreateStream", format, ShapeWriter.write(request, format))
                        .status())
                .isEqualTo(200);
        byte[] describe = ShapeWriter.write(
                DescribeStreamRequest.builder().streamName(stream).build(), BodyFormat.JSON_1_1);
        while (!new String(post("DescribeStream", BodyFormat.JSON_1_1, describe).body(), UTF_8).contains("ACTIVE")) {
            Thread.sleep(10);
        }
        return stream;
    }

    private static void assertError(Response response, int status, String type, BodyFormat format) {
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.headers()).containsEntry("content-type", format.contentType());
        assertThat(UUID.fromString(response.headers().get("x-amzn-requestid"))).isNotNull();
        assertThat(response.tree(format).get("__type").asString()).isEqualTo(type);
    }

    private Response post(String operation, BodyFormat format, byte[] body) throws Exception {
        return postTo(PREFIX + operation, format, body);
    }

    private Response postTo(String target, BodyFormat format, byte[] body) throws Exception {
        OutputStream out = connection.getOutputStream();
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(bytes("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + format.contentType() + "\r\n"));
        request.write(bytes(target == null ? "" : "X-Amz-Target: " + target + "\r\n"));
        request.write(bytes("Content-Length: " + body.length + "\r\n\r\n"));
        request.write(body);
        out.write(request.toByteArray());
        InputStream in = connection.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            assertThat(next).as("the connection was closed after: %s", head).isNotNegative();
            head.append((char) next);
        }
        String[] lines = head.toString().strip().split("\r\n", -1);
        Map<String, String> headers = new TreeMap<>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int status = Integer.parseInt(lines[0].split(" ", 3)[1]);
        return new Response(status, headers, in.readNBytes(Integer.parseInt(headers.get("content-length"))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
