package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.Route;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PageTest {
    @Test
    void aPageThatCannotBeMadeIsAnsweredAllTheSame() throws Exception {
        Route good = Page.route(
                10,
                Runnable::run,
                (exchange, body) -> Answer.of(200, "text/plain", "good".getBytes(StandardCharsets.UTF_8)));
        Route bad = Page.route(10, PageTest::onAThread, (exchange, body) -> {
            throw new IllegalStateException("a defect");
        });
        Supplier<SslContext> noTls = () -> {
            throw new IllegalStateException("no TLS here");
        };
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (Endpoint endpoint =
                Endpoint.start(anyPort, noTls, head -> head.path().equals("/good") ? good : bad)) {
            assertThat(get(endpoint, "/good").body()).isEqualTo("good");
            assertThat(get(endpoint, "/bad").statusCode()).isEqualTo(500);
            assertThat(get(endpoint, "/good").statusCode()).isEqualTo(200);
        }
    }

    private static void onAThread(Runnable task) {
        new Thread(task).start();
    }

    private static HttpResponse<String> get(Endpoint endpoint, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:%d%s".formatted(endpoint.port(), path));
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(10))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
