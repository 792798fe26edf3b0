package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Changes the script of an application that counts, by {@code millrace sql --replace}. */
@Timeout(900)
class SqlReplaceIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final String TABLES = """
        CREATE TABLE words (word STRING, n INT) WITH (
          'connector' = 'kinesis', 'stream' = 'words', 'source.init.position' = 'TRIM_HORIZON', 'format' = 'json');
        CREATE TABLE counts (word STRING, c BIGINT) WITH (
          'connector' = 'kinesis', 'stream' = 'counts', 'format' = 'debezium-json');
        """;
    private static final String COUNT =
            TABLES + "INSERT INTO counts SELECT word, COUNT(*) FROM words WHERE n < %d GROUP BY word;";

    @TempDir
    Path directory;

    private NodeProcess node;
    private KinesisClient kinesis;

    @Test
    void aCountGoesOnAfterAChangeThatFitsItsStateAndIsLeftAloneByOneThatDoesNot() throws Exception {
        try (NodeProcess started = NodeProcess.start(directory.resolve("data"), "--no-warehouse", "--no-s3")
                        .awaitReady(TIMEOUT);
                KinesisClient client = started.aws().kinesis()) {
            node = started;
            kinesis = client;
            Aws.createStream(kinesis, "words", 1);
            Aws.createStream(kinesis, "counts", 1);
            assertThat(sql(COUNT.formatted(100)).exit()).isZero();
            put(1, 2, 3);
            awaitCount(3);
            assertThat(sql(COUNT.formatted(200)).err()).contains("is running with another text", "--replace");
            TimeUnit.SECONDS.sleep(3); // a checkpoint

            Cli fits = sql(COUNT.formatted(200), "--replace");
            assertThat(fits.err()).isEmpty();
            assertThat(fits.out())
                    .containsPattern("application count.sql is replaced and runs as job [0-9a-f]{32},"
                            + " with the state of file:/.*/chk-[0-9]+");
            put(150);
            awaitCount(4);

            assertRefused("SELECT word, COUNT(*) FROM (SELECT DISTINCT word, n FROM words) GROUP BY word", 151, 5);
            assertRefused("SELECT word, SUM(n) FROM words WHERE n < 200 GROUP BY word", 152, 6);
            assertThat(counts())
                    .as("counts in a row, none from the beginning again")
                    .isSorted();

            Cli stateless = sql(COUNT.formatted(2), "--replace", "--without-state");
            assertThat(stateless.out()).containsPattern("is replaced and runs as job [0-9a-f]{32}, without state");
            Await.until("a count from the beginning", TIMEOUT, () -> last() == 1);
        }
    }

    /** Replaces the count by another query, and sees it count on. */
    private void assertRefused(String query, int n, long count) throws Exception {
        Cli refused = sql(TABLES + "INSERT INTO counts " + query + ";", "--replace");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err())
                .contains("application count.sql is not replaced: ", "The text of before goes on", "--without-state")
                .containsPattern("(?i)state");
        put(n);
        awaitCount(count);
        assertThat(run("--list").out())
                .containsPattern("RUNNING +[0-9a-f]{32} +count.sql\\R")
                .contains("its replacement was withdrawn: ");
    }

    private Cli sql(String script, String... options) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add(Files.writeString(directory.resolve("count.sql"), script).toString());
        return run(arguments.toArray(String[]::new));
    }

    private Cli run(String... arguments) throws IOException, InterruptedException {
        List<String> all =
                new ArrayList<>(List.of("sql", "--data-dir", node.directory().toString()));
        all.addAll(List.of(arguments));
        return Cli.run(all.toArray(String[]::new));
    }

    private void put(int... numbers) {
        for (int n : numbers) {
            kinesis.putRecord(request -> request.streamName("words")
                    .partitionKey("a")
                    .data(SdkBytes.fromUtf8String("{\"word\":\"a\",\"n\":" + n + "}")));
        }
    }

    private void awaitCount(long count) throws IOException, InterruptedException {
        Await.until("the count " + count + " after " + counts(), TIMEOUT, () -> last() >= count);
        assertThat(last()).isEqualTo(count);
    }

    private long last() {
        List<Long> counts = counts();
        return counts.isEmpty() ? 0 : counts.get(counts.size() - 1);
    }

    /** Returns all counts that were written, in order. */
    private List<Long> counts() {
        String iterator = kinesis.getShardIterator(request -> request.streamName("counts")
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        return kinesis.getRecords(request -> request.shardIterator(iterator)).records().stream()
                .map(record -> JsonMapper.shared().readTree(record.data().asUtf8String()))
                .map(change -> change.path("after"))
                .filter(JsonNode::isObject)
                .map(row -> row.path("c").asLong())
                .toList();
    }
}
