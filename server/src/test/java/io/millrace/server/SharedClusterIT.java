package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.control.SqlException;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.analytics.control.SqlScript;
import io.millrace.server.node.Connections;
import io.millrace.server.sql.ScriptRun;
import io.millrace.server.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/**
 * Deliveries and SQL scripts share the class path of one Flink process: whatever was created, run and deleted before, in
 * whatever order, the next delivery delivers and the next script gives its rows.
 *
 * <p>{@code -Dfaults=long} makes 50 rounds, {@code -Drounds=N} another number; {@code -Dseed=N} repeats an order.
 */
@Timeout(3600)
class SharedClusterIT {
    private static final boolean LONG = "long".equals(System.getProperty("faults"));
    private static final int ROUNDS = LONG ? 50 : 3;
    private static final Duration RESULT_TIMEOUT = LONG ? Duration.ofMinutes(5) : Duration.ofSeconds(90);
    private static final List<Long> NUMBERS = List.of(1L, 2L, 3L);
    private static final String STREAM = "numbers";

    @TempDir
    Path directory;

    private enum Delivery {
        LINES,
        PARQUET,
        WAREHOUSE
    }

    private enum Script {
        STREAMS,
        FILES,
        OBJECTS
    }

    private enum Step {
        CREATE,
        RUN,
        DELETE
    }

    private final List<String> deliveries = new ArrayList<>();
    private final List<String> history = new ArrayList<>();
    private final Deque<Delivery> nextDeliveries = new ArrayDeque<>();
    private final Deque<Script> nextScripts = new ArrayDeque<>();
    private NodeProcess node;
    private ObjectStore store;
    private KinesisClient kinesis;
    private FirehoseClient firehose;
    private Connection warehouse;
    private String streamArn;

    @Test
    void deliveriesThatComeAndGoAndScriptsBetweenThemDoNotDisturbEachOther() throws Exception {
        long seed = Long.getLong("seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        int rounds = Integer.getInteger("rounds", ROUNDS);
        System.out.println("deliveries and scripts on one cluster: " + rounds + " rounds, -Dseed=" + seed);
        Random random = new Random(seed);
        Path files = Files.createDirectories(directory.resolve("files"));
        try (NodeProcess started = NodeProcess.start(directory.resolve("data"), "--flink-files", files.toString())
                        .awaitReady(RESULT_TIMEOUT);
                ObjectStore objects = started.store();
                KinesisClient streams = started.aws().kinesis();
                FirehoseClient deliverers = started.aws().firehose();
                GlueClient glue = started.aws().glue();
                Connection connection =
                        WarehouseTable.connect(started.connections().warehouse())) {
            node = started;
            store = objects;
            kinesis = streams;
            firehose = deliverers;
            warehouse = connection;
            store.ensureBucket(Deliveries.BUCKET);
            Deliveries.schema(glue);
            streamArn = Aws.createStream(kinesis, STREAM, 1);
            Deliveries.into(kinesis, STREAM).put(NUMBERS);
            for (int round = 0; round < rounds; round++) {
                round(round, random);
            }
        } catch (AssertionError | Exception e) {
            throw new AssertionError("-Dseed=" + seed + ", after " + history + ": " + e.getMessage(), e);
        }
    }

    private void round(int round, Random random) throws Exception {
        List<Step> steps = new ArrayList<>(Arrays.asList(Step.values()));
        Collections.shuffle(steps, random);
        for (Step step : steps) {
            switch (step) {
                case CREATE -> create(next(nextDeliveries, Delivery.values(), random), "delivery-" + round);
                case RUN -> run(next(nextScripts, Script.values(), random), "script-" + round);
                case DELETE -> {
                    if (!deliveries.isEmpty()) {
                        delete(deliveries.remove(random.nextInt(deliveries.size())));
                    }
                }
            }
        }
    }

    /** Draws from all kinds before any of them comes again. */
    private static <K> K next(Deque<K> kinds, K[] all, Random random) {
        if (kinds.isEmpty()) {
            List<K> shuffled = new ArrayList<>(Arrays.asList(all));
            Collections.shuffle(shuffled, random);
            kinds.addAll(shuffled);
        }
        return kinds.pop();
    }

    private void create(Delivery kind, String name) throws Exception {
        history.add(kind + " " + name);
        deliveries.add(name);
        switch (kind) {
            case LINES -> {
                Deliveries.plain(firehose, name);
                Deliveries.into(firehose, name).put(NUMBERS);
                awaitObject(name);
            }
            case PARQUET -> {
                Deliveries.parquet(firehose, name, streamArn, 64, 1);
                Deliveries.into(kinesis, STREAM).put(NUMBERS);
                awaitObject(name);
            }
            case WAREHOUSE -> {
                WarehouseTable table = WarehouseTable.create(warehouse, name.replace('-', '_'));
                Deliveries.warehouse(firehose, name, node.connections().warehouse(), table.name());
                Deliveries.into(firehose, name).put(NUMBERS);
                Await.until("rows of " + name, RESULT_TIMEOUT, () -> table.rows() >= NUMBERS.size());
                assertThat(table.ids()).containsExactlyElementsOf(NUMBERS);
                assertThat(store.list(Deliveries.BUCKET, name + "/")).isNotEmpty();
            }
        }
    }

    private void awaitObject(String name) throws Exception {
        DeliveredObjects objects = new DeliveredObjects(store, Deliveries.BUCKET, name + "/", directory);
        Await.until(
                "objects of " + name,
                RESULT_TIMEOUT,
                () -> objects.counts().keySet().containsAll(NUMBERS));
    }

    private void delete(String name) {
        history.add("delete " + name);
        firehose.deleteDeliveryStream(request -> request.deliveryStreamName(name));
    }

    private void run(Script kind, String name) throws Exception {
        history.add(kind + " " + name);
        switch (kind) {
            case STREAMS -> runOnStreams(name);
            case FILES ->
                runOnFiles(
                        name, directory.resolve("files").resolve(name).toUri().toString());
            case OBJECTS -> runOnFiles(name, "s3://" + Deliveries.BUCKET + "/" + name);
        }
    }

    /** Copies a stream. */
    private void runOnStreams(String name) throws Exception {
        Aws.createStream(kinesis, name, 1);
        sql(name, """
            CREATE TABLE numbers (id BIGINT) WITH (
              'connector' = 'kinesis', 'stream' = 'numbers', 'source.init.position' = 'TRIM_HORIZON', 'format' = 'json');
            CREATE TABLE copies (id BIGINT) WITH ('connector' = 'kinesis', 'stream' = '%s', 'format' = 'json');
            INSERT INTO copies SELECT id FROM numbers;
            """.formatted(name));
        Set<String> rows = new TreeSet<>();
        NUMBERS.forEach(number -> rows.add("{\"id\":" + number + "}"));
        Await.until("rows of " + name, RESULT_TIMEOUT, () -> texts(name).containsAll(rows));
        assertThat(new TreeSet<>(texts(name))).isEqualTo(rows);
        run(new PrintStream(new ByteArrayOutputStream(), true, UTF_8)).stop(name);
        kinesis.deleteStream(request -> request.streamName(name));
    }

    private List<String> texts(String stream) {
        String iterator = kinesis.getShardIterator(request -> request.streamName(stream)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        return kinesis.getRecords(request -> request.shardIterator(iterator)).records().stream()
                .map(record -> record.data().asUtf8String())
                .toList();
    }

    /** Writes rows into files, which are visible once their job has finished, and reads them by another script. */
    private void runOnFiles(String name, String path) throws Exception {
        String table = """
            CREATE TABLE words (n INT, word STRING) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json');
            """.formatted(path);
        sql(name, table + "INSERT INTO words VALUES (1, 'one'), (2, 'two');");
        Await.until("the end of " + name, RESULT_TIMEOUT, () -> !listed().contains(name));
        assertThat(sql(name + "-rows", table + "SELECT * FROM words;").lines())
                .containsExactlyInAnyOrder("1 | one", "2 | two", "(n | word; 2 rows)");
    }

    private String listed() throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(said, true, UTF_8)) {
            run(out).list();
        }
        return said.toString(UTF_8);
    }

    private String sql(String name, String script) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(said, true, UTF_8)) {
            run(out).run(name, SqlScript.parse(script));
        } catch (SqlException e) {
            throw new AssertionError(String.format(Locale.ROOT, "%s is refused: %s", name, e.getMessage()), e);
        }
        return said.toString(UTF_8);
    }

    private ScriptRun run(PrintStream out) throws IOException {
        Connections connections = node.connections();
        return new ScriptRun(
                new SqlGateway(connections.sqlAccess()),
                URI.create(connections.api()),
                connections.apiAccess().secretKey(),
                out);
    }
}
