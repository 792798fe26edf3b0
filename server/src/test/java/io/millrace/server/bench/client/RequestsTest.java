package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

class RequestsTest {
    private final InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4567);

    @ParameterizedTest
    @EnumSource
    void everyRecordHasItsDataAndAKeyOfItsOwn(WireFormat format) throws IOException {
        Requests requests = new Requests(Target.open(address), format, 1);
        Set<String> keys = new HashSet<>();
        Set<String> contents = new HashSet<>();

        for (int i = 0; i < 3; i++) {
            JsonNode body = body(format, requests.putRecords("orders", 100, 333));
            assertThat(body.path("StreamName").asString()).isEqualTo("orders");
            for (JsonNode entry : body.path("Records")) {
                keys.add(entry.path("PartitionKey").asString());
                byte[] data = entry.path("Data").binaryValue();
                assertThat(data).hasSize(333);
                contents.add(Base64.getEncoder().encodeToString(data));
            }
        }
        assertThat(keys).hasSize(300);
        assertThat(contents).hasSize(300);
    }

    @Test
    void theHeadIsThatOfAnSdk() {
        String request = text(new Requests(Target.open(address), WireFormat.CBOR, 1).putRecord("orders", 10));

        assertThat(request)
                .startsWith("POST / HTTP/1.1\r\nHost: localhost:4567\r\n")
                .contains("Content-Type: application/x-amz-cbor-1.1\r\n")
                .contains("X-Amz-Target: Kinesis_20131202.PutRecord\r\n")
                .contains("X-Amz-Date: 2")
                .contains("Authorization: AWS4-HMAC-SHA256 Credential=bench/");
    }

    @Test
    void theTimeOfSendingIsInEveryRecord() throws IOException {
        StampedRequest request =
                new Requests(Target.open(address), WireFormat.JSON, 1).stampedPutRecords("orders", 10, 1024);
        for (long time : new long[] {1, Long.MAX_VALUE, -7_777_777_777L}) {
            JsonNode body = body(WireFormat.JSON, request.stamped(time));

            assertThat(body.path("Records")).hasSize(10);
            for (JsonNode entry : body.path("Records")) {
                byte[] data = entry.path("Data").binaryValue();
                assertThat(data).hasSize(1024);
                assertThat(ByteBuffer.wrap(data).getLong()).isEqualTo(time);
                byte[] base64 = entry.path("Data").asString().getBytes(US_ASCII);
                assertThat(StampedRequest.stampIn(base64, 0)).isEqualTo(time);
            }
        }
    }

    private static JsonNode body(WireFormat format, ByteBuffer request) throws IOException {
        byte[] bytes = new byte[request.remaining()];
        request.get(bytes);
        int body = ByteSearch.indexOf(bytes, 0, bytes.length, "\r\n\r\n".getBytes(US_ASCII)) + 4;
        String head = new String(bytes, 0, body, US_ASCII);
        assertThat(head).contains("Content-Length: %d\r\n".formatted(bytes.length - body));
        ObjectMapper mapper = format == WireFormat.JSON ? JsonMapper.shared() : CBORMapper.shared();
        return mapper.readTree(bytes, body, bytes.length - body);
    }

    private static String text(ByteBuffer request) {
        byte[] bytes = new byte[request.remaining()];
        request.get(bytes);
        return new String(bytes, US_ASCII);
    }
}
