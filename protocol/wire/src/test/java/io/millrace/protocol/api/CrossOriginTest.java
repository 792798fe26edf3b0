package io.millrace.protocol.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.SigV4Authentication;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a browser asks before it calls an operation for a page of another site, and what it reads of the answer. */
@Timeout(20)
class CrossOriginTest {
    private static final String EXPOSED =
            "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";

    @TempDir
    Path directory;

    private ApiServer server;

    @AfterEach
    void stop() {
        server.close();
    }

    private void start(Authentication authentication) {
        server = new ApiServer(directory, authentication);
    }

    private static Authentication nobody() {
        return new SigV4Authentication(id -> null, SigV4Authentication.DEFAULT_CLOCK_SKEW, InstantSource.system());
    }

    private HttpResponse<String> send(String method, String path, Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:%d%s".formatted(server.port(), path)))
                .method(method, HttpRequest.BodyPublishers.ofString(method.equals("POST") ? "{}" : ""));
        headers.forEach(request::header);
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Optional<String> header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name);
    }

    @Test
    void aQuestionBeforeACallIsAnsweredToEverybody() throws Exception {
        start(nobody());
        for (String path : new String[] {"/", "/video", "/stream"}) {
            HttpResponse<String> answer = send(
                    "OPTIONS",
                    path,
                    Map.of(
                            "Origin", "https://dashboard.example",
                            "Access-Control-Request-Method", "POST",
                            "Access-Control-Request-Headers", "authorization,x-amz-date,x-amz-target"));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
            assertThat(header(answer, "Access-Control-Allow-Origin")).contains("*");
            assertThat(header(answer, "Access-Control-Allow-Methods")).contains("POST");
            assertThat(header(answer, "Access-Control-Allow-Headers"))
                    .contains("authorization,x-amz-date,x-amz-target");
            assertThat(header(answer, "Access-Control-Max-Age")).contains("172800");
            assertThat(header(answer, "Content-Length")).contains("0");
            assertThat(header(answer, "Content-Type")).isEmpty();
            assertThat(header(answer, "x-amzn-RequestId").orElseThrow())
                    .matches("[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}");
        }
        assertThat(server.served()).isZero();
    }

    @Test
    void onlyWhatWasAskedForIsAllowed() throws Exception {
        start(nobody());
        HttpResponse<String> answer = send("OPTIONS", "/", Map.of("Origin", "null"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Access-Control-Allow-Methods")).isEmpty();
        assertThat(header(answer, "Access-Control-Allow-Headers")).isEmpty();
    }

    @Test
    void answersAndRefusalsMayBeReadByThePage() throws Exception {
        start(nobody());
        HttpResponse<String> refused = list();
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("MissingAuthenticationTokenException");
        assertReadable(refused);
        server.close();

        start(Authentication.off());
        HttpResponse<String> listed = list();
        assertThat(listed.statusCode()).isEqualTo(200);
        assertReadable(listed);
        assertReadable(send("POST", "/stream", Map.of("Origin", "https://dashboard.example")));
        assertReadable(send("POST", "/unknown", Map.of("Origin", "https://dashboard.example")));
    }

    private HttpResponse<String> list() throws Exception {
        return send(
                "POST",
                "/",
                Map.of(
                        "Origin", "https://dashboard.example",
                        "Content-Type", "application/x-amz-json-1.1",
                        "X-Amz-Target", "Kinesis_20131202.ListStreams"));
    }

    private static void assertReadable(HttpResponse<String> answer) throws IOException {
        assertThat(header(answer, "Access-Control-Allow-Origin")).contains("*");
        assertThat(header(answer, "Access-Control-Expose-Headers")).contains(EXPOSED);
    }

    @Test
    void withoutAnOriginNothingIsAdded() throws Exception {
        start(Authentication.off());
        HttpResponse<String> answer = send("POST", "/video", Map.of());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control"));
        assertThat(send("OPTIONS", "/", Map.of()).statusCode()).isEqualTo(403);
    }

    @Test
    void pagesOfTheNodeAreNotForOtherSites() throws Exception {
        start(Authentication.off());
        HttpResponse<String> asked = send("OPTIONS", "/page", Map.of("Origin", "https://evil.example"));
        HttpResponse<String> read = send("GET", "/page", Map.of("Origin", "https://evil.example"));

        assertThat(asked.statusCode()).isEqualTo(404);
        assertThat(read.body()).isEqualTo("open");
        assertThat(header(asked, "Access-Control-Allow-Origin")).isEmpty();
        assertThat(header(read, "Access-Control-Allow-Origin")).isEmpty();
    }
}
