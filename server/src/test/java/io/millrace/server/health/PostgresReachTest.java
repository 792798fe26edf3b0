package io.millrace.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class PostgresReachTest {
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    @Test
    void aServerThatAnswersIsThereAndOneThatIsSilentIsNot() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            PostgresReach reach =
                    PostgresReach.ofJdbcUrl("jdbc:postgresql://127.0.0.1:" + server.getLocalPort() + "/w");
            assertThat(reach.answers(TIMEOUT))
                    .as("connected by the kernel alone")
                    .isFalse();

            Thread answering = new Thread(() -> answer(server));
            answering.start();
            assertThat(reach.answers(Duration.ofSeconds(10))).isTrue();
            answering.join();
        }
    }

    /** Answers two requests: that of the look which has given up is still in the queue. */
    private static void answer(ServerSocket server) {
        for (int i = 0; i < 2; i++) {
            try (Socket socket = server.accept()) {
                socket.getInputStream().readNBytes(8);
                socket.getOutputStream().write('N');
            } catch (IOException e) {
                // the one that has given up
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db.example:5433/w?ssl=true",
                "jdbc:postgresql://db.example/w",
                "jdbc:postgresql://one:5432,two:5433/w",
                "jdbc:postgresql://[::1]:5432/w",
                "jdbc:redshift://cluster.abc.us-east-1.redshift.amazonaws.com:5439/dev"
            })
    void hostsOfAJdbcUrlAreFound(String url) {
        assertThat(PostgresReach.ofJdbcUrl(url).hasHosts()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:redshift:iam://cluster:us-east-1/dev", "jdbc:duckdb:file", ""})
    void aUrlWithoutHostsIsNotAsked(String url) {
        assertThat(PostgresReach.ofJdbcUrl(url).hasHosts()).isFalse();
    }
}
