package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.node.Connections;
import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a node has acknowledged for its jobs over several lives, and the check that the jobs have delivered it.
 *
 * <p>Lines in objects, rows in Parquet and rows in the warehouse are there exactly once. The application writes at
 * least once: after a failure its sink writes again what it wrote since the last checkpoint. Its state holds every
 * number that it has seen, so a number that was there two checks ago must not come again. Confined to one thread.
 */
final class DeliveredState {
    private static final Duration DELIVERY_TIMEOUT = Duration.ofMinutes(3);
    private static final String NUMBERS = "numbers";
    private static final String COPIES = "copies";
    private static final String TABLE = "numbers";
    private static final int BATCH = 10;
    private static final String APPLICATION = """
            CREATE TABLE numbers (id BIGINT, text STRING, seen AS PROCTIME()) WITH (
              'connector' = 'kinesis', 'stream' = 'numbers', 'format' = 'json',
              'source.init.position' = 'TRIM_HORIZON');
            CREATE TABLE copies (id BIGINT) WITH ('connector' = 'kinesis', 'stream' = 'copies', 'format' = 'json');
            INSERT INTO copies SELECT id FROM (
              SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seen) AS n FROM numbers) WHERE n = 1;
            """;

    private final Path scratch;
    private final Feed plain = new Feed("plain");
    private final Feed typed = new Feed("typed");
    private final Feed loaded = new Feed("loaded");
    private Map<Long, Long> copiesBefore = Map.of();
    private Map<Long, Long> copiesLast = Map.of();
    private boolean prepared;

    /** The numbers of one writer over several lives of the node. */
    private static final class Feed {
        private final String name;
        private final Set<Long> acknowledged = new HashSet<>();
        private long next;
        private Numbers writer;

        Feed(String name) {
            this.name = name;
            this.writer = new Numbers(name, 0, BATCH, numbers -> numbers);
            writer.close();
        }

        void begin(Numbers.Put put) {
            writer = new Numbers(name, next, BATCH, put);
        }

        void believe() {
            acknowledged.addAll(writer.acknowledged());
        }

        void end() {
            writer.close();
            next = Math.max(next, writer.tried());
        }

        void assertOnce(Map<Long, Long> found) {
            Map<Long, Long> expected = new TreeMap<>();
            found.keySet().stream().filter(number -> number < next).forEach(number -> expected.put(number, 1L));
            acknowledged.forEach(number -> expected.put(number, 1L));
            assertThat(found).as(name).isEqualTo(expected);
        }
    }

    /** @param scratch not on the file system under test */
    DeliveredState(Path scratch) throws IOException {
        this.scratch = Files.createDirectories(scratch);
    }

    /** Makes the streams, deliveries and the application, unless an earlier life has. */
    void prepare(NodeProcess node) throws Exception {
        if (prepared) {
            return;
        }
        Connections.WarehouseAccess warehouse = node.connections().warehouse();
        try (ObjectStore store = node.store();
                KinesisClient kinesis = node.aws().kinesis();
                FirehoseClient firehose = node.aws().firehose();
                GlueClient glue = node.aws().glue();
                Connection connection = connect(warehouse);
                Statement statement = connection.createStatement()) {
            store.ensureBucket(Deliveries.BUCKET);
            statement.execute("CREATE TABLE " + TABLE + " (id bigint, text text)");
            Deliveries.plain(firehose, plain.name);
            Deliveries.parquet(firehose, glue, typed.name, Aws.createStream(kinesis, NUMBERS, 2));
            Deliveries.warehouse(firehose, loaded.name, warehouse, TABLE);
            Aws.createStream(kinesis, COPIES, 1);
        }
        Path script = Files.writeString(scratch.resolve("copies.sql"), APPLICATION);
        Cli run = Cli.run("sql", "--data-dir", node.directory().toString(), script.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        prepared = true;
    }

    /** Puts records until {@link #end}. */
    void begin(NodeProcess node) throws IOException {
        FirehoseClient firehose = node.aws().firehose();
        plain.begin(Deliveries.into(firehose, plain.name));
        loaded.begin(Deliveries.into(firehose, loaded.name));
        typed.begin(Deliveries.into(node.aws().kinesis(), NUMBERS));
    }

    /** Takes up what is acknowledged by now: what is acknowledged later, with the power cut, does not count. */
    void believe() {
        plain.believe();
        loaded.believe();
        typed.believe();
    }

    void end() {
        plain.end();
        loaded.end();
        typed.end();
    }

    /** Waits until a node that has started again has delivered everything, and checks how often. */
    void check(NodeProcess node) throws Exception {
        if (!prepared) {
            return;
        }
        try (ObjectStore store = node.store();
                KinesisClient kinesis = node.aws().kinesis();
                Connection warehouse = connect(node.connections().warehouse())) {
            DeliveredObjects lines = new DeliveredObjects(store, Deliveries.BUCKET, plain.name + "/", scratch);
            DeliveredObjects rows = new DeliveredObjects(store, Deliveries.BUCKET, typed.name + "/", scratch);
            plain.assertOnce(awaitAll(plain, "objects of lines", lines::counts));
            typed.assertOnce(awaitAll(typed, "Parquet objects", rows::counts));
            loaded.assertOnce(awaitAll(loaded, "warehouse", () -> rows(warehouse)));
            Map<Long, Long> copies = awaitAll(typed, "output of the application", () -> copies(kinesis));
            assertThat(copies).as("written again though in the state").containsAllEntriesOf(copiesBefore);
            copiesBefore = copiesLast;
            copiesLast = copies;
            assertThat(store.list(Deliveries.BUCKET, "errors/")).isEmpty();
        }
    }

    @FunctionalInterface
    private interface Counts {
        Map<Long, Long> read() throws IOException;
    }

    private static Map<Long, Long> awaitAll(Feed feed, String what, Counts counts)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + DELIVERY_TIMEOUT.toNanos();
        while (true) {
            Map<Long, Long> found = counts.read();
            Set<Long> missing = new TreeSet<>(feed.acknowledged);
            missing.removeAll(found.keySet());
            if (missing.isEmpty()) {
                return found;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("%s, %s: %d of %d numbers are missing after %d s, the first are %s"
                        .formatted(
                                feed.name,
                                what,
                                missing.size(),
                                feed.acknowledged.size(),
                                DELIVERY_TIMEOUT.toSeconds(),
                                missing.stream().limit(20).toList()));
            }
            Thread.sleep(200);
        }
    }

    private static Connection connect(Connections.WarehouseAccess warehouse) throws SQLException {
        return DriverManager.getConnection(warehouse.jdbcUrl(), warehouse.user(), warehouse.password());
    }

    private static Map<Long, Long> rows(Connection warehouse) throws IOException {
        try (Statement statement = warehouse.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, count(*) FROM " + TABLE + " GROUP BY id")) {
            Map<Long, Long> counts = new TreeMap<>();
            while (rows.next()) {
                counts.put(rows.getLong(1), rows.getLong(2));
            }
            return counts;
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    private static Map<Long, Long> copies(KinesisClient kinesis) {
        Map<Long, Long> counts = new TreeMap<>();
        String iterator = kinesis.getShardIterator(request -> request.streamName(COPIES)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        boolean more = true;
        while (more) {
            String from = iterator;
            var page = kinesis.getRecords(request -> request.shardIterator(from));
            page.records()
                    .forEach(record -> counts.merge(
                            JsonMapper.shared()
                                    .readTree(record.data().asByteArrayUnsafe())
                                    .path("id")
                                    .asLong(),
                            1L,
                            Long::sum));
            iterator = page.nextShardIterator();
            more = !page.records().isEmpty();
        }
        return counts;
    }

    @Override
    public String toString() {
        long again = copiesLast.values().stream().mapToLong(count -> count - 1).sum();
        return plain.acknowledged.size() + " lines, " + typed.acknowledged.size() + " Parquet rows, "
                + loaded.acknowledged.size() + " warehouse rows, " + copiesLast.size() + " numbers of the application ("
                + again + " written again)";
    }
}
