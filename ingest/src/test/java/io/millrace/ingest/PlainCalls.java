package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.shape.BodyFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.cbor.CBORMapper;

/** Calls as bare HTTP, with bodies that no SDK would send. */
final class PlainCalls {
    private static final CBORMapper CBOR = CBORMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI uri;

    PlainCalls(StreamsServer server) {
        this.uri = URI.create("http://127.0.0.1:" + server.port() + "/");
    }

    /** @param members of the body; absent when there is none */
    record Answer(
            int status,
            @Nullable String contentType,
            String text,
            @Nullable JsonNode members) {
        String member(String name) {
            JsonNode member = members == null ? null : members.get(name);
            return member == null ? "(absent)" : member.asString();
        }
    }

    /** Calls with a body written in JSON, which is sent in either format. */
    Answer call(String operation, String json, BodyFormat format) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        if (format == BodyFormat.CBOR) {
            JsonNode tree = JsonMapper.shared().readTree(json);
            asBytes(tree);
            body = CBOR.writeValueAsBytes(tree);
        }
        return send(
                "POST",
                Map.of("X-Amz-Target", "Kinesis_20131202." + operation, "Content-Type", format.contentType()),
                body);
    }

    /** Calls and expects that the call is right. */
    Answer succeed(String operation, String json) {
        Answer answer = call(operation, json, BodyFormat.JSON_1_1);
        assertThat(answer.status()).as("%s: %s", operation, answer.text()).isEqualTo(200);
        return answer;
    }

    /** Makes a stream and waits until it is ACTIVE. */
    void createStream(String name, int shards) throws InterruptedException {
        succeed("CreateStream", "{\"StreamName\":\"%s\",\"ShardCount\":%d}".formatted(name, shards));
        awaitActive(name);
    }

    void awaitActive(String name) throws InterruptedException {
        while (!succeed("DescribeStreamSummary", "{\"StreamName\":\"%s\"}".formatted(name))
                .text()
                .contains("\"ACTIVE\"")) {
            Thread.sleep(10);
        }
    }

    Answer send(String method, Map<String, String> headers, byte[] body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        try {
            HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            String type = response.headers().firstValue("Content-Type").orElse(null);
            String text = new String(response.body(), StandardCharsets.UTF_8);
            return new Answer(response.statusCode(), type, text, tree(type, response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static @Nullable JsonNode tree(@Nullable String contentType, byte[] body) {
        if (contentType == null || body.length == 0 || contentType.equals("text/xml")) {
            return null;
        }
        return BodyFormat.ofContentType(contentType) == BodyFormat.CBOR
                ? CBOR.readTree(body)
                : JsonMapper.shared().readTree(body);
    }

    /** Turns the data of records into bytes, which CBOR has and JSON has not. */
    private static void asBytes(JsonNode tree) {
        for (JsonNode child : tree) {
            asBytes(child);
        }
        if (tree instanceof ObjectNode object && object.get("Data") != null && isBase64(object.get("Data"))) {
            object.put("Data", Base64.getDecoder().decode(object.get("Data").asString()));
        }
    }

    private static boolean isBase64(JsonNode data) {
        return data.isString() && !List.of("23456", "=+/=", "+/+=").contains(data.asString());
    }
}
