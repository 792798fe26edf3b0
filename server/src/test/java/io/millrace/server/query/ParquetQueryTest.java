package io.millrace.server.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.storage.EmbeddedS3;
import io.millrace.server.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ParquetQueryTest {
    @TempDir
    static Path shared;

    @TempDir
    Path cache;

    private static EmbeddedS3 s3;
    private static ObjectStore store;

    @BeforeAll
    static void deliver() throws Exception {
        s3 = EmbeddedS3.start(
                shared.resolve("s3"), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "key", "secret");
        store = new ObjectStore(s3.url(), "us-east-1", "key", "secret");
        store.ensureBucket("lake");
        write("rides/year=2023/a.parquet", "SELECT 1 AS id, 'Zürich' AS place", "FORMAT parquet");
        write("rides/year=2024/b.parquet", "SELECT 2 AS id, 'Genève' AS place, 9.5 AS fare", "FORMAT parquet");
        write("rides/year=2024/_SUCCESS", "SELECT 1", "FORMAT csv");
        write("plain/events-2024-01-01-00-00-00-uuid", "SELECT range AS n FROM range(3)", "FORMAT json");
        write("packed/events-1", "SELECT range AS n FROM range(4)", "FORMAT json, COMPRESSION gzip");
        write("table/rows.csv", "SELECT range AS n, 'x' AS s FROM range(5)", "FORMAT csv, HEADER");
        write("odd/[a]*'s {1}.parquet", "SELECT 7 AS n", "FORMAT parquet");
        store.put("lake", "rides/empty.parquet", Files.createFile(shared.resolve("empty")));
    }

    @AfterAll
    static void close() throws IOException {
        store.close();
        s3.close();
    }

    private static void write(String key, String select, String options) throws Exception {
        Path file = Files.createTempFile(shared, "made", "");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (%s) TO '%s' (%s)".formatted(select, file, options));
        }
        store.put("lake", key, file);
    }

    private String run(String sql) throws IOException {
        return run(sql, 100);
    }

    private String run(String sql, int maxRows) throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        assertThat(ParquetQuery.run(sql, store, cache, new PrintStream(printed, true, UTF_8), maxRows))
                .isZero();
        return printed.toString(UTF_8);
    }

    @Test
    void filesOfDifferentColumnsAreOneTableWithTheirFoldersAsColumns() throws IOException {
        assertThat(run("SELECT id, place, fare, year FROM 's3://lake/rides/**/*.parquet' ORDER BY id"))
                .isEqualTo("""
                        id | place  | fare | year
                        ---+--------+------+-----
                         1 | Zürich | NULL | 2023
                         2 | Genève |  9.5 | 2024
                        (2 rows)
                        """);
    }

    @Test
    void theFormatIsToldByTheContent() throws IOException {
        assertThat(run("SELECT sum(n) AS s FROM 's3://lake/plain/*'")).contains("\n3\n");
        assertThat(run("SELECT sum(n) AS s FROM 's3://lake/packed/'")).contains("\n6\n");
        assertThat(run("SELECT sum(n) AS s FROM 's3://lake/table/rows.csv'")).contains("\n10\n");
    }

    @Test
    void readersTakePatternsAndLists() throws IOException {
        assertThat(run("SELECT count(*) AS c FROM read_parquet(['s3://lake/rides/year=2023/*', 's3://lake/odd/*'],"
                        + " union_by_name = true)"))
                .contains("\n2\n");
        assertThat(run("SELECT max(n) AS m FROM read_csv('s3://lake/table/*.csv', header = true)"))
                .contains("\n4\n");
    }

    @Test
    void aKeyMayHoldWhatPatternsAreMadeOf() throws IOException {
        assertThat(run("SELECT n FROM 's3://lake/odd/[a]*''s {1}.parquet'")).contains("\n7\n(1 row)\n");
    }

    @Test
    void aFileIsDownloadedOnceAndAgainWhenItChanges() throws Exception {
        write("changing/x.parquet", "SELECT 1 AS n", "FORMAT parquet");
        String sql = "SELECT n FROM 's3://lake/changing/*'";
        assertThat(run(sql)).contains("\n1\n");
        List<Path> first = cached();
        Object inode = Files.getAttribute(first.get(0), "unix:ino");

        assertThat(run(sql)).contains("\n1\n");
        assertThat(cached()).isEqualTo(first);
        assertThat(Files.getAttribute(first.get(0), "unix:ino")).isEqualTo(inode);

        write("changing/x.parquet", "SELECT 2 AS n", "FORMAT parquet");
        assertThat(run(sql)).contains("\n2\n");
    }

    @Test
    void queriesAtTheSameTimeShareTheCache() throws Exception {
        List<CompletableFuture<String>> queries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            queries.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return run("SELECT count(*) AS c FROM 's3://lake/rides/**/*.parquet'");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        for (CompletableFuture<String> query : queries) {
            assertThat(query.get()).contains("\n2\n");
        }
        assertThat(cached()).hasSize(2);
    }

    @Test
    void onlySoManyRowsAreShownAndAllAreCounted() throws IOException {
        assertThat(run("SELECT n FROM 's3://lake/table/*' ORDER BY n", 2))
                .isEqualTo("n\n-\n0\n1\n(5 rows, first 2 shown)\n");
    }

    @Test
    void errorsAreOneClearLine() {
        assertThatThrownBy(() -> run("SELECT * FROM 's3://lake/nothing/*.parquet'"))
                .isInstanceOf(IOException.class)
                .hasMessage("no object matches s3://lake/nothing/*.parquet");
        assertThatThrownBy(() -> run("SELECT * FROM 's3://elsewhere/*'")).hasMessage("there is no bucket elsewhere");
        assertThatThrownBy(() -> run("SELECT nope FROM 's3://lake/table/*'"))
                .hasMessage("Binder Error: Referenced column \"nope\" not found in FROM clause!");
        assertThatThrownBy(() -> run("SELEC 1")).hasMessage("Parser Error: syntax error at or near \"SELEC\"");
    }

    private List<Path> cached() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
