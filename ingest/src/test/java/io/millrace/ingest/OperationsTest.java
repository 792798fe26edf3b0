package io.millrace.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.KinesisRequest;

/** Every operation that the SDK knows of is served. */
@Timeout(20)
class OperationsTest {
    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    static List<String> operations() {
        return Arrays.stream(KinesisAsyncClient.class.getMethods())
                .filter(method -> method.getParameterCount() > 0)
                .filter(method -> KinesisRequest.class.isAssignableFrom(method.getParameterTypes()[0]))
                .filter(method -> !method.getName().endsWith("Paginator"))
                .map(Method::getName)
                .map(name -> Character.toUpperCase(name.charAt(0)) + name.substring(1))
                .distinct()
                .sorted()
                .toList();
    }

    @Test
    void theSdkHasTheOperationsOfTheModel() {
        assertThat(operations()).hasSize(45).contains("SubscribeToShard", "UpdateStreamWarmThroughput");
    }

    /** An empty input is right, or refused for what it lacks: unknown operations and failures answer otherwise. */
    @ParameterizedTest
    @MethodSource("operations")
    void everyOperationLooksAtItsInput(String operation) throws Exception {
        HttpResponse<String> response = call(operation, "{}");

        assertThat(response.statusCode()).as(response.body()).isIn(200, 400);
        assertThat(response.body()).doesNotContain("UnknownOperation");
        if (response.statusCode() == 400) {
            assertThat(response.body()).containsAnyOf("ValidationException", "InvalidArgumentException");
        }
    }

    private static HttpResponse<String> call(String operation, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(SERVER.url("http")))
                .header("X-Amz-Target", "Kinesis_20131202." + operation)
                .header("Content-Type", "application/x-amz-json-1.1")
                .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
