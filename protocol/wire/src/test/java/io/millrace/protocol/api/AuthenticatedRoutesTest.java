package io.millrace.protocol.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.SigV4Authentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which routes ask who calls, in which order with other mistakes, and in which form they refuse. */
@Timeout(20)
class AuthenticatedRoutesTest {
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

    @TempDir
    Path directory;

    private ApiServer server;

    @BeforeEach
    void start() {
        server = new ApiServer(directory, authentication());
    }

    private static Authentication authentication() {
        return new SigV4Authentication(id -> null, SigV4Authentication.DEFAULT_CLOCK_SKEW, InstantSource.fixed(NOW));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> send(String method, String path, String body, Map<String, String> headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:%d%s".formatted(server.port(), path)))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aPageIsOpenToEverybody() throws Exception {
        assertThat(send("GET", "/page", "", Map.of()).body()).isEqualTo("open");
    }

    @Test
    void anUnknownOperationIsToldBeforeAMissingSignature() throws Exception {
        HttpResponse<String> answer = send(
                "POST",
                "/",
                "{}",
                Map.of("Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "Kinesis_20131202.ListStream"));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("{\"__type\":\"UnknownOperationException\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "no json"})
    void aMissingSignatureIsToldBeforeTheBodyIsLookedInto(String body) throws Exception {
        HttpResponse<String> answer = send(
                "POST",
                "/",
                body,
                Map.of("Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "Kinesis_20131202.ListStreams"));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/x-amz-json-1.1");
        assertThat(answer.body())
                .isEqualTo("{\"__type\":\"MissingAuthenticationTokenException\","
                        + "\"message\":\"Missing Authentication Token\"}");
        assertThat(server.served()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/video", "/stream"})
    void aRestServiceRefusesWithStatus403AndASmallMessage(String path) throws Exception {
        HttpResponse<String> answer = send("POST", path, "{}", Map.of());

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("x-amzn-ErrorType")).contains("MissingAuthenticationTokenException");
        assertThat(answer.body()).isEqualTo("{\"message\":\"Missing Authentication Token\"}");
        assertThat(server.served()).isZero();
    }

    @Test
    void aRefusalForTheClockTellsTheTime() throws Exception {
        HttpResponse<String> answer = send(
                "POST",
                "/video",
                "{}",
                Map.of(
                        "X-Amz-Date", "20260203T030506Z",
                        "Authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host;x-amz-date, Signature=b"));

        assertThat(answer.headers().firstValue("Date")).contains("Tue, 03 Feb 2026 04:05:06 GMT");
        assertThat(answer.body())
                .isEqualTo("{\"message\":\"Signature expired: 20260203T030506Z is now earlier than"
                        + " 20260203T040006Z (20260203T040506Z - 5 min.)\"}");
    }

    @Test
    void withoutAuthenticationEverybodyIsLetIn() throws Exception {
        server.close();
        server = new ApiServer(directory, Authentication.off());

        assertThat(send("POST", "/video", "{}", Map.of()).headers().firstValue("x-account"))
                .contains("000000000000");
        assertThat(send("POST", "/stream", "{}", Map.of()).statusCode()).isEqualTo(200);
    }
}
