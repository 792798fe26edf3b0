package io.millrace.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.endpoint.Endpoint;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class HealthPagesTest {
    private static final Duration OFTEN = Duration.ofMillis(5);
    private final HttpClient http = HttpClient.newHttpClient();
    private final Health health = new Health(System::nanoTime, InstantSource.system());

    @AfterEach
    void close() {
        health.close();
    }

    private record Page(int status, JsonNode body) {}

    private Endpoint serve() throws Exception {
        HealthPages pages = new HealthPages(health);
        ApiRouter router = new ApiRouter()
                .addPath("GET", "/health", pages.all())
                .addPath("GET", "/health/ready", pages.ready())
                .addPath("GET", "/health/live", pages.live());
        Supplier<SslContext> noTls = () -> {
            throw new IllegalStateException("no TLS here");
        };
        return Endpoint.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), noTls, router);
    }

    private Page get(Endpoint endpoint, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
                .timeout(Duration.ofSeconds(10))
                .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return new Page(response.statusCode(), JsonMapper.shared().readTree(response.body()));
    }

    private Page await(Endpoint endpoint, String path, int status) throws Exception {
        Page page = get(endpoint, path);
        while (page.status() != status) {
            Thread.onSpinWait();
            page = get(endpoint, path);
        }
        return page;
    }

    @Test
    void aPartThatHasFailedIsCalledSoInTheStatusOfTheWholeToo() throws Exception {
        AtomicReference<Part> warehouse = new AtomicReference<>(Part.ok(Map.of("pid", 7)));
        health.watch("warehouse", OFTEN, warehouse::get);
        health.watch("flink", OFTEN, Part::off);
        try (Endpoint endpoint = serve()) {
            Page good = await(endpoint, "/health", 200);
            assertThat(good.body().path("status").asString()).isEqualTo("ok");
            assertThat(good.body().path("parts").path("warehouse").path("pid").asInt())
                    .isEqualTo(7);
            assertThat(good.body()
                            .path("parts")
                            .path("warehouse")
                            .path("ageSeconds")
                            .asDouble())
                    .isLessThan(10);

            warehouse.set(Part.failed("the port is in use"));
            Page bad = await(endpoint, "/health", 503);
            assertThat(bad.body().path("status").asString()).isEqualTo("failed");
            assertThat(bad.body().path("parts").path("warehouse").path("reason").asString())
                    .isEqualTo("the port is in use");
            Page ready = get(endpoint, "/health/ready");
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.body().path("reasons").path(0).asString())
                    .isEqualTo("warehouse: failed: the port is in use");
            assertThat(get(endpoint, "/health/live").status()).isEqualTo(200); // a restart would not help
        }
    }

    @Test
    void everyPageIsThereAtOnceWhilePartsHang() throws Exception {
        for (String part : new String[] {"s3", "warehouse", "flink", "jobs"}) {
            health.watch(part, OFTEN, () -> {
                new CountDownLatch(1).await();
                return Part.off();
            });
        }
        try (Endpoint endpoint = serve()) {
            get(endpoint, "/health"); // what is slow the first time
            for (String path : new String[] {"/health", "/health/ready", "/health/live"}) {
                long began = System.nanoTime();
                Page page = get(endpoint, path);
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
                assertThat(page.status()).isEqualTo(path.endsWith("live") ? 200 : 503);
            }
        }
    }

    @Test
    void aReasonToRestartTheProcessEndsItsLiveness() throws Exception {
        AtomicReference<String> death = new AtomicReference<>("");
        health.vital(() -> "");
        health.vital(death::get);
        try (Endpoint endpoint = serve()) {
            assertThat(get(endpoint, "/health/live").status()).isEqualTo(200);

            death.set("the log has failed");
            Page dead = get(endpoint, "/health/live");
            assertThat(dead.status()).isEqualTo(503);
            assertThat(dead.body().path("reasons").path(0).asString()).isEqualTo("the log has failed");
        }
    }
}
