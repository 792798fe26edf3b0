package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Consumer;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import tools.jackson.databind.json.JsonMapper;

/** Runs scripts by {@code millrace sql} on a node, and reads what they write by the public API. */
@Timeout(180)
class SqlIT {
    private static final Duration RESULT_TIMEOUT = Duration.ofSeconds(40);
    private static final List<Integer> WORDS = List.of(0, 1, 2, 3, 4);

    /** The sequence numbers and arrival times of the five records of the stream {@code words}. */
    private static final List<String> SEQUENCE_NUMBERS = new ArrayList<>();

    private static final List<Instant> ARRIVALS = new ArrayList<>();

    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT);

    @TempDir
    static Path shared;

    private static NodeProcess node;
    private static KinesisClient kinesis;

    @BeforeAll
    static void startNode() throws Exception {
        node = NodeProcess.start(shared.resolve("data"), "--no-warehouse", "--no-s3")
                .awaitReady();
        kinesis = node.aws().kinesis();
        Aws.createStream(kinesis, "words", 1);
        for (int n : WORDS) {
            PutRecordResponse put = kinesis.putRecord(request -> request.streamName("words")
                    .partitionKey("key-" + n)
                    .data(SdkBytes.fromUtf8String("{\"n\":%d}".formatted(n))));
            SEQUENCE_NUMBERS.add(put.sequenceNumber());
            TimeUnit.MILLISECONDS.sleep(5); // no two arrive in the same millisecond
        }
        read("words").forEach(record -> ARRIVALS.add(record.approximateArrivalTimestamp()));
    }

    @AfterAll
    static void endNode() throws IOException {
        kinesis.close();
        node.close();
    }

    @Test
    void aScriptStartsItsApplicationsOnceListsAndStopsThem() throws Exception {
        Aws.createStream(kinesis, "small", 1);
        Aws.createStream(kinesis, "large", 1);
        Path script = script("sizes.sql", """
            -- splits the words
            CREATE TABLE words (n INT) WITH (
              'connector' = 'kinesis', 'stream' = 'words', 'source.init.position' = 'TRIM_HORIZON', 'format' = 'json');
            CREATE TABLE few (n INT) WITH ('connector' = 'kinesis', 'stream' = 'small', 'format' = 'json');
            CREATE TABLE big (n INT) WITH ('connector' = 'kinesis', 'stream.arn' = '%s', 'format' = 'json');
            INSERT INTO few SELECT n FROM words WHERE n < 2;
            INSERT INTO big SELECT n FROM words WHERE n >= 2;
            """.formatted("arn:aws:kinesis:us-east-1:000000000000:stream/large"));

        Cli first = sql(script.toString());
        assertThat(first.exit()).as(first.err()).isZero();
        assertThat(first.out()).containsPattern("application sizes.sql runs as job [0-9a-f]{32}");
        assertThat(first.out()).containsPattern("application sizes.sql#2 runs as job [0-9a-f]{32}");
        awaitTexts("small", List.of("{\"n\":0}", "{\"n\":1}"));
        awaitTexts("large", List.of("{\"n\":2}", "{\"n\":3}", "{\"n\":4}"));

        Cli second = sql(script.toString());
        assertThat(second.exit()).isZero();
        assertThat(second.out()).containsPattern("application sizes.sql is running already, as job [0-9a-f]{32}");

        assertThat(sql("--list").out().lines().filter(line -> line.contains("sizes.sql")))
                .hasSize(2)
                .allMatch(line -> line.matches("RUNNING {4}[0-9a-f]{32} {2}sizes\\.sql(#2)?"));

        assertThat(sql("--stop", "sizes.sql").out()).isEqualTo("application sizes.sql is stopped%n".formatted());
        assertThat(sql("--stop", "sizes.sql#2").out()).contains("is stopped");
        assertThat(sql("--stop", "sizes.sql").out()).contains("there is no application sizes.sql");
        assertThat(sql("--list").out()).doesNotContain("sizes.sql");
        assertThat(texts("small")).hasSize(2);
    }

    @Test
    void anErrorNamesTheLineOfTheFile() throws Exception {
        Path script = script("wrong.sql", """
            -- the first statement
            -- begins in line 4

            CREATE TABLE generated (n INT) WITH ('connector' = 'datagen');

            /* two
               lines */
            CREATE TABLE other (n INT)
              WITH ('connector' = 'blackhole');
            -- and now
            SELECT n,
              nothing_of_that_name
            FROM generated;
            SELECT 1;
            """);

        Cli run = sql(script.toString());

        assertThat(run.err())
                .startsWith("millrace: wrong.sql:12: ")
                .contains("line 12, column 3", "Column 'nothing_of_that_name' not found in any table");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.exit()).isEqualTo(1);
    }

    @Test
    void anInsertThatIsRefusedNamesItsLineToo() throws Exception {
        Path script = script("wrong-insert.sql", """
            CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen');
            CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');
            INSERT INTO nowhere
            SELECT m FROM numbers;
            """);

        Cli run = sql(script.toString());

        assertThat(run.err()).startsWith("millrace: wrong-insert.sql:4: ").contains("Column 'm' not found");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(sql("--list").out()).doesNotContain("wrong-insert");
    }

    @Test
    void aBoundedSelectPrintsItsRows() throws Exception {
        Cli run = sql(script(
                        "values.sql",
                        "SELECT * FROM (VALUES (1, 'Zürich'), (2, CAST(NULL AS STRING))) AS t (id, place);\n")
                .toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).containsExactly("1 | Zürich", "2 | NULL", "(id | place; 2 rows)");
        assertThat(run.exit()).isZero();
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        Cli run = sql("none.sql");

        assertThat(run.err().strip()).isEqualTo("millrace: none.sql: there is no such file");
        assertThat(run.exit()).isEqualTo(2);
    }

    @Test
    void aMistakeInATableIsToldWithTheLineOfItsDefinition() throws Exception {
        Path script = script("wrong-table.sql", """
            CREATE TABLE few (n INT) WITH ('connector' = 'blackhole');
            CREATE TABLE words (n INT) WITH (
              'connector' = 'kinesis',
              'strem' = 'words',
              'format' = 'json');
            INSERT INTO few SELECT n FROM words;
            """);

        Cli run = sql(script.toString());

        assertThat(run.err())
                .startsWith("millrace: wrong-table.sql:4: table 'words': ")
                .contains("unknown option 'strem' (did you mean 'stream'?)");
        assertThat(run.exit()).isEqualTo(1);
    }

    @Test
    void anApplicationThatCanNeverWriteEndsAndTellsWhy() throws Exception {
        Aws.createStream(kinesis, "large_rows", 1);
        Path script = script("never.sql", """
            CREATE TABLE nowhere (n INT) WITH ('connector' = 'kinesis', 'stream' = 'not_there', 'format' = 'json');
            CREATE TABLE rows_of_all_sizes (s STRING) WITH (
              'connector' = 'kinesis', 'stream' = 'large_rows', 'format' = 'raw', 'sink.flush-buffer.size' = '1000');
            INSERT INTO nowhere SELECT * FROM (VALUES (1), (2)) AS t (n);
            INSERT INTO rows_of_all_sizes
            SELECT * FROM (VALUES ('first'), (RPAD('x', 2000, 'x')), ('third')) AS t (s);
            """);

        Cli run = sql(script.toString());

        assertThat(run.exit()).as(run.err()).isZero();
        awaitListed("stream 'not_there': does not exist");
        awaitListed("stream 'large_rows': record 2 of this sink task");
        assertThat(sql("--list").out())
                .containsPattern("FAILED +[0-9a-f]{32} +never.sql\\R")
                .containsPattern("FAILED +[0-9a-f]{32} +never.sql#2\\R")
                .contains("(expected: at most 1000, the value of sink.flush-buffer.size)");
        assertThat(texts("large_rows")).containsOnly("first"); // at least once: a call without an answer is made again
        sql("--stop", "never.sql");
        sql("--stop", "never.sql#2");
        assertThat(sql("--list").out()).doesNotContain("never.sql");
    }

    @Test
    void aPoisonRecordEndsTheApplicationIsSkippedOrBecomesADeadLetter() throws Exception {
        for (String stream : List.of("mixed", "skipping", "collecting", "dead_letters")) {
            Aws.createStream(kinesis, stream, 1);
        }
        put("mixed", 1);
        kinesis.putRecord(
                request -> request.streamName("mixed").partitionKey("p").data(SdkBytes.fromUtf8String("no json")));
        put("mixed", 3);
        String table = """
            CREATE TABLE %s (n INT) WITH ('connector' = 'kinesis', 'stream' = 'mixed', 'format' = 'json',
              'source.init.position' = 'TRIM_HORIZON'%s);
            """;
        Path script = script(
                "poison.sql",
                table.formatted("failing", "")
                        + table.formatted("skips", ", 'source.errors.action' = 'skip'")
                        + table.formatted(
                                "letters",
                                ", 'source.errors.action' = 'dead-letter', 'source.errors.dead-letter.stream' ="
                                        + " 'dead_letters'")
                        + """
                        CREATE TABLE black_hole (n INT) WITH ('connector' = 'blackhole');
                        CREATE TABLE skipped (n INT) WITH ('connector' = 'kinesis', 'stream' = 'skipping', 'format' = 'json');
                        CREATE TABLE collected (n INT) WITH (
                          'connector' = 'kinesis', 'stream' = 'collecting', 'format' = 'json');
                        INSERT INTO black_hole SELECT n FROM failing;
                        INSERT INTO skipped SELECT n FROM skips;
                        INSERT INTO collected SELECT n FROM letters;
                        """);

        Cli run = sql(script.toString());

        assertThat(run.exit()).as(run.err()).isZero();
        awaitTexts("skipping", List.of("{\"n\":1}", "{\"n\":3}"));
        awaitTexts("collecting", List.of("{\"n\":1}", "{\"n\":3}"));
        awaitTexts("dead_letters", List.of("no json"));
        awaitListed("stream 'mixed': the record " + read("mixed").get(1).sequenceNumber()
                + " of shardId-000000000000 (7 bytes) cannot be deserialized: ");
        for (String application : List.of("poison.sql", "poison.sql#2", "poison.sql#3")) {
            sql("--stop", application);
        }
    }

    @Test
    void aTableIsReadByFanOutAndItsConsumerGoesWithTheApplication() throws Exception {
        Aws.createStream(kinesis, "pushed", 1);
        Path script = script("fan-out.sql", """
            CREATE TABLE words (n INT) WITH ('connector' = 'kinesis', 'stream' = 'words', 'format' = 'json',
              'source.init.position' = 'TRIM_HORIZON', 'source.reader.type' = 'EFO',
              'source.efo.consumer.name' = 'fan-out', 'source.efo.describe.retry-strategy.delay.min' = '100 ms');
            CREATE TABLE copies (n INT) WITH ('connector' = 'kinesis', 'stream' = 'pushed', 'format' = 'json');
            INSERT INTO copies SELECT n FROM words;
            """);

        Cli run = sql(script.toString());

        assertThat(run.exit()).as(run.err()).isZero();
        awaitTexts("pushed", WORDS.stream().map("{\"n\":%d}"::formatted).toList());
        assertThat(consumersOf("words")).containsExactly("fan-out");
        sql("--stop", "fan-out.sql");
        Await.until(
                "the consumer is gone",
                RESULT_TIMEOUT,
                () -> consumersOf("words").isEmpty());
    }

    private static List<String> consumersOf(String stream) {
        String arn = kinesis.describeStreamSummary(request -> request.streamName(stream))
                .streamDescriptionSummary()
                .streamARN();
        return kinesis.listStreamConsumers(request -> request.streamARN(arn)).consumers().stream()
                .map(Consumer::consumerName)
                .toList();
    }

    private static void awaitListed(String text) throws IOException, InterruptedException {
        Await.until(text, RESULT_TIMEOUT, () -> sql("--list").out().contains(text));
    }

    /** A way to say where a table begins. {@code expected} are the words that come of it. */
    private record Start(String name, String source, String options, List<Integer> expected) {}

    private static List<Start> starts() {
        Instant third = ARRIVALS.get(2);
        String number = SEQUENCE_NUMBERS.get(2);
        String time = third.truncatedTo(ChronoUnit.MILLIS)
                .atOffset(ZoneOffset.ofHours(1))
                .format(MILLIS);
        String seconds = "%d.%03d".formatted(third.getEpochSecond(), third.toEpochMilli() % 1000);
        return List.of(
                new Start("horizon", "words", "'source.init.position' = 'TRIM_HORIZON'", WORDS),
                new Start("horizon_old", "words", "'scan.stream.initpos' = 'TRIM_HORIZON'", WORDS),
                new Start(
                        "at_number",
                        "words",
                        "'source.init.position' = 'AT_SEQUENCE_NUMBER', 'source.init.sequence-number' = '%s'"
                                .formatted(number),
                        List.of(2, 3, 4)),
                new Start(
                        "after_number",
                        "words",
                        "'source.init.position' = 'AFTER_SEQUENCE_NUMBER', 'source.init.sequence-number' = '%s'"
                                .formatted(number),
                        List.of(3, 4)),
                new Start(
                        "at_time",
                        "words",
                        "'source.init.position' = 'AT_TIMESTAMP', 'source.init.timestamp' = '%s'".formatted(time),
                        List.of(2, 3, 4)),
                new Start(
                        "at_time_old",
                        "words",
                        "'scan.stream.initpos' = 'AT_TIMESTAMP', 'scan.stream.initpos-timestamp' = '%s'"
                                .formatted(seconds),
                        List.of(2, 3, 4)),
                new Start("latest", "late_words", "'source.init.position' = 'LATEST'", List.of(5)),
                new Start("latest_old", "late_words", "'scan.stream.initpos' = 'LATEST'", List.of(5)));
    }

    @Test
    void aTableBeginsWhereItsOptionsSayAndShowsWhatItKnowsOfARecord() throws Exception {
        Aws.createStream(kinesis, "late_words", 1);
        put("late_words", 4);
        StringBuilder text = new StringBuilder();
        for (Start start : starts()) {
            Aws.createStream(kinesis, start.name(), 1);
            text.append("""
                CREATE TABLE from_%1$s (
                  n INT,
                  arrived TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
                  number STRING METADATA FROM 'sequence-number' VIRTUAL,
                  shard STRING METADATA FROM 'shard-id' VIRTUAL,
                  k STRING METADATA FROM 'partition-key' VIRTUAL
                ) WITH ('connector' = 'kinesis', 'stream' = '%2$s', %3$s, 'format' = 'json');
                CREATE TABLE to_%1$s (line STRING) WITH (
                  'connector' = 'kinesis', 'stream' = '%1$s', 'format' = 'raw');
                INSERT INTO to_%1$s
                SELECT CONCAT_WS(' ', CAST(n AS STRING), number, shard, k,
                  CAST(TIMESTAMPDIFF(SECOND, TO_TIMESTAMP_LTZ(0, 3), arrived) AS STRING)) FROM from_%1$s;
                """.formatted(start.name(), start.source(), start.options()));
        }

        Cli run = sql(script("starts.sql", text.toString()).toString());

        assertThat(run.exit()).as(run.err()).isZero();
        for (Start start : starts()) {
            if (start.source().equals("words")) {
                awaitTexts(start.name(), linesOf(start));
            }
        }
        TimeUnit.SECONDS.sleep(1); // the last two have looked at their shards by now
        put("late_words", 5);
        for (Start start : starts()) {
            awaitTexts(start.name(), linesOf(start));
        }
    }

    private static List<String> linesOf(Start start) {
        return read(start.source()).stream()
                .filter(record -> start.expected().contains(number(record)))
                .map(record -> "%d %s shardId-000000000000 %s %d"
                        .formatted(
                                number(record),
                                record.sequenceNumber(),
                                record.partitionKey(),
                                record.approximateArrivalTimestamp().getEpochSecond()))
                .toList();
    }

    private static int number(Record record) {
        return JsonMapper.shared()
                .readTree(record.data().asByteArrayUnsafe())
                .path("n")
                .asInt();
    }

    private static void put(String stream, int n) {
        kinesis.putRecord(request -> request.streamName(stream)
                .partitionKey("key-" + n)
                .data(SdkBytes.fromUtf8String("{\"n\":%d}".formatted(n))));
    }

    private static Cli sql(String... arguments) throws IOException, InterruptedException {
        List<String> all =
                new ArrayList<>(List.of("sql", "--data-dir", node.directory().toString()));
        all.addAll(List.of(arguments));
        return Cli.run(all.toArray(String[]::new));
    }

    private static Path script(String name, String text) throws IOException {
        return Files.writeString(shared.resolve(name), text);
    }

    private static void awaitTexts(String stream, List<String> expected) throws IOException, InterruptedException {
        Await.until(
                "%d records in %s".formatted(expected.size(), stream),
                RESULT_TIMEOUT,
                () -> read(stream).size() >= expected.size());
        assertThat(texts(stream)).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> texts(String stream) {
        return read(stream).stream().map(record -> record.data().asUtf8String()).toList();
    }

    /** Returns what a stream with a single shard holds. */
    private static List<Record> read(String stream) {
        String iterator = kinesis.getShardIterator(request -> request.streamName(stream)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        return kinesis.getRecords(request -> request.shardIterator(iterator)).records();
    }
}
