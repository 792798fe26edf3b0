package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that mean no operation: status, form and text of the answer. */
@Timeout(60)
class RequestFormsTest {
    private static final String JSON = "application/x-amz-json-1.1";
    private static final String CBOR = "application/x-amz-cbor-1.1";
    private static final String UNKNOWN = "{\"__type\":\"UnknownOperationException\"}";
    private static final String DENIED = """
            <AccessDeniedException>
              <Message>Unable to determine service/operation name to be authorized</Message>
            </AccessDeniedException>
            """;

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    /** @param answer its type is absent where it has none */
    private record Row(
            String method,
            @Nullable String contentType,
            @Nullable String target,
            String body,
            int status,
            @Nullable String answerType,
            String answer) {}

    static List<Row> rows() {
        String known = "Kinesis_20131202.ListStreams";
        String wrong = "Kinesis_20131202.ListStream";
        return List.of(
                new Row("GET", null, null, "", 403, null, DENIED),
                new Row("PUT", null, null, "", 403, null, DENIED),
                new Row("DELETE", null, null, "", 403, null, DENIED),
                new Row("OPTIONS", null, null, "", 403, null, DENIED),
                new Row("GET", JSON, known, "", 403, null, DENIED),
                new Row("PUT", JSON, known, "{}", 403, null, DENIED),
                new Row("POST", null, null, "", 403, null, DENIED),
                new Row("POST", null, null, "{}", 403, null, DENIED),
                new Row("POST", "text/plain", null, "{}", 403, null, DENIED),
                new Row(
                        "POST",
                        "application/x-www-form-urlencoded",
                        wrong,
                        "{}",
                        404,
                        null,
                        "<UnknownOperationException/>\n"),
                new Row("POST", JSON, null, "", 400, JSON, UNKNOWN),
                new Row("POST", JSON, null, "{}", 400, JSON, UNKNOWN),
                new Row("POST", JSON, wrong, "{}", 400, JSON, UNKNOWN),
                new Row("POST", JSON, "kinesis_20131202.ListStreams", "{}", 400, JSON, UNKNOWN),
                new Row("POST", JSON, "ListStreams", "{}", 400, JSON, UNKNOWN),
                new Row("POST", JSON + "; charset=utf-8", wrong, "{}", 400, JSON, UNKNOWN),
                new Row("POST", JSON, known, "", 400, JSON, "{\"__type\":\"SerializationException\"}"),
                new Row("POST", JSON, known, "hello", 400, JSON, "{\"__type\":\"SerializationException\"}"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aRequestThatMeansNothingIsAnsweredInItsOwnFormat(Row row) {
        PlainCalls.Answer answer = send(row.method(), row.contentType(), row.target(), row.body());
        assertThat(answer.status()).isEqualTo(row.status());
        assertThat(answer.contentType()).isEqualTo(row.answerType());
        assertThat(answer.text()).isEqualTo(row.answer());
    }

    @Test
    void inCborTooNothingIsSaidButTheError() {
        PlainCalls.Answer unknown = send("POST", CBOR, "Kinesis_20131202.ListStream", "");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.contentType()).isEqualTo(CBOR);
        assertThat(unknown.members()).hasSize(1);
        assertThat(unknown.member("__type")).isEqualTo("UnknownOperationException");
        for (String body : List.of("", "ff", "f6", "01", "bf")) {
            PlainCalls.Answer malformed = SERVER.calls()
                    .send(
                            "POST",
                            Map.of("Content-Type", CBOR, "X-Amz-Target", "Kinesis_20131202.ListStreams"),
                            HexFormat.of().parseHex(body));
            assertThat(malformed.status()).isEqualTo(400);
            assertThat(malformed.members()).hasSize(1);
            assertThat(malformed.member("__type")).isEqualTo("SerializationException");
        }
    }

    private static PlainCalls.Answer send(
            String method, @Nullable String contentType, @Nullable String target, String body) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (contentType != null) {
            headers.put("Content-Type", contentType);
        }
        if (target != null) {
            headers.put("X-Amz-Target", target);
        }
        return SERVER.calls().send(method, headers, body.getBytes(StandardCharsets.UTF_8));
    }
}
