package io.millrace.server.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.warehouse.EmbeddedPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WarehouseQueryTest {
    @TempDir
    Path directory;

    @Test
    void statementsAreRunAndKept() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.start(directory.resolve("data"), directory.resolve("programs"), port)) {
            assertThat(run(
                            postgres,
                            "CREATE TABLE rides AS SELECT g AS id, 'Bern' AS place FROM generate_series(1, 3) g"))
                    .isEqualTo("(3 rows changed)\n");
            assertThat(run(postgres, "SELECT * FROM rides ORDER BY id"))
                    .isEqualTo("id | place\n---+------\n 1 | Bern\n 2 | Bern\n(3 rows, first 2 shown)\n");
            assertThatThrownBy(() -> run(postgres, "SELECT nope FROM rides"))
                    .isInstanceOf(IOException.class)
                    .hasMessage("ERROR: column \"nope\" does not exist");
        }
    }

    private static String run(EmbeddedPostgres postgres, String sql) throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, UTF_8);
        WarehouseQuery.run(sql, postgres.jdbcUrl(), postgres.user(), postgres.password(), out, 2);
        return printed.toString(UTF_8);
    }
}
