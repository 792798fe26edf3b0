package io.millrace.server.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.firehose.delivery.DeliverySpec.WarehouseTarget;
import io.millrace.firehose.delivery.ShardRange;
import io.millrace.firehose.warehouse.PositionOverlapException;
import io.millrace.firehose.warehouse.PostgresCopy;
import io.millrace.firehose.warehouse.StagedObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What other users of a warehouse do to a copy. */
@Timeout(120)
class PostgresCopyTest {
    private static final int RACES = 5;

    @TempDir
    static Path directory;

    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();
            postgres = EmbeddedPostgres.start(directory.resolve("warehouse"), directory.resolve("install"), port);
        }
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    private static WarehouseTarget target(String user, String password, String table) {
        return new WarehouseTarget(postgres.jdbcUrl(), user, password, table, "", "CSV", 1000);
    }

    private static StagedObject object(String id) {
        return new Staged(id, "delivery", List.of(), "1\n2\n");
    }

    /** The records of a shard behind one number up to another, a row each. */
    private static Staged numbers(String delivery, int after, int last) {
        StringBuilder rows = new StringBuilder();
        for (int number = after + 1; number <= last; number++) {
            rows.append(number).append('\n');
        }
        ShardRange range =
                new ShardRange("shard", Integer.toString(after), Integer.toString(after + 1), Integer.toString(last));
        return new Staged(delivery + after + "-" + last, delivery, List.of(range), rows.toString());
    }

    private record Staged(String id, String delivery, List<ShardRange> ranges, String rows) implements StagedObject {
        @Override
        public InputStream open() {
            return new ByteArrayInputStream(rows.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void aLockedTableFailsACopyAndALaterOneLoadsTheRows() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE locked (id int)");
            owner.setAutoCommit(false);
            statement.execute("LOCK TABLE locked");
            PostgresCopy copy =
                    new PostgresCopy(target(postgres.user(), postgres.password(), "locked"), patience(200, 60_000));

            assertThatThrownBy(() -> copy.copy(object("o")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("lock timeout");

            owner.rollback();
            assertThat(copy.copy(object("o"))).isEqualTo(2);
            assertThat(copy.copy(object("o"))).isZero();
        }
    }

    private static PostgresCopy.Patience patience(int lockMillis, int finishMillis) {
        return new PostgresCopy.Patience(
                Duration.ofMillis(lockMillis), Duration.ofSeconds(60), Duration.ofMillis(finishMillis));
    }

    /** A table whose rows take the server a minute when it has all of them. */
    private static void createSlow(Statement statement, String table) throws SQLException {
        statement.execute("CREATE TABLE %s (id int)".formatted(table));
        statement.execute("CREATE OR REPLACE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'");
        statement.execute("CREATE TRIGGER slow AFTER INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION take_long()"
                .formatted(table));
    }

    @Test
    @Timeout(40)
    void aServerThatDoesNotComeToAnEndIsLeft() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            createSlow(statement, "endless");
            PostgresCopy copy =
                    new PostgresCopy(target(postgres.user(), postgres.password(), "endless"), patience(30_000, 300));

            assertThatThrownBy(() -> copy.copy(object("e"))).isInstanceOf(SQLException.class);
        }
    }

    @Test
    @Timeout(40)
    void aCopyThatIsCancelledEnds() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            createSlow(statement, "unwanted");
            PostgresCopy copy = new PostgresCopy(target(postgres.user(), postgres.password(), "unwanted"));
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread task = new Thread(() -> {
                try {
                    copy.copy(object("u"));
                } catch (SQLException | IOException | PositionOverlapException e) {
                    failure.complete(e);
                }
            });
            task.start();
            while (!isAtWork(statement, "COPY unwanted%")) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            task.interrupt();

            assertThat(failure.get(30, TimeUnit.SECONDS)).isInstanceOf(Exception.class);
        }
    }

    private static boolean isAtWork(Statement statement, String query) throws SQLException {
        try (ResultSet found = statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%s'".formatted(query))) {
            found.next();
            return found.getInt(1) > 0;
        }
    }

    @Test
    void aLedgerElsewhereOnTheSearchPathIsUsed() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE ROLE third LOGIN PASSWORD 'third'");
            statement.execute("CREATE SCHEMA ops");
            statement.execute("CREATE SCHEMA app");
            statement.execute("GRANT USAGE ON SCHEMA ops, app TO third");
            statement.execute("CREATE TABLE app.rides (id int)");
            statement.execute("CREATE TABLE ops.millrace_delivery_ledger"
                    + " (object_id text PRIMARY KEY, row_count bigint, loaded_at timestamptz DEFAULT now())");
            statement.execute("GRANT ALL ON app.rides, ops.millrace_delivery_ledger TO third");
            statement.execute("ALTER ROLE third SET search_path = app, ops");

            assertThat(new PostgresCopy(target("third", "third", "rides")).copy(object("a")))
                    .isEqualTo(2);
        }
    }

    @Test
    void twoUsersWithSchemasOfTheirOwnHaveLedgersOfTheirOwn() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE first (id int)");
            statement.execute("CREATE ROLE second LOGIN PASSWORD 'second'");
            statement.execute("CREATE SCHEMA second AUTHORIZATION second");
            statement.execute("CREATE TABLE second.rows (id int)");
            statement.execute("ALTER TABLE second.rows OWNER TO second");
            assertThat(new PostgresCopy(target(postgres.user(), postgres.password(), "first")).copy(object("a")))
                    .isEqualTo(2);

            PostgresCopy copy = new PostgresCopy(target("second", "second", "rows"));
            assertThat(copy.copy(object("a"))).isEqualTo(2);
            assertThat(copy.copy(object("a"))).isZero();

            try (ResultSet count = statement.executeQuery("SELECT count(*) FROM second.rows")) {
                count.next();
                assertThat(count.getInt(1)).isEqualTo(2);
            }
        }
    }

    @Test
    void recordsThatAreLoadedAreKnownInAnObjectOfAnotherName() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE known (id int)");
            PostgresCopy copy = new PostgresCopy(target(postgres.user(), postgres.password(), "known"));
            assertThat(copy.copy(numbers("known", 0, 10))).isEqualTo(10);
            assertThat(copy.copy(numbers("known", 20, 30))).isEqualTo(10); // one in between is tried again later
            assertThat(copy.copy(numbers("known", 2, 9))).isZero();
            assertThatThrownBy(() -> copy.copy(numbers("known", 5, 15))).isInstanceOf(PositionOverlapException.class);
            assertThat(copy.copy(numbers("known", 10, 20))).isEqualTo(10);
            assertThat(copy.copy(numbers("known", 5, 15))).isZero();
            assertThat(copy.copy(numbers("another", 5, 15))).isEqualTo(10);

            assertThat(one(statement, "SELECT count(*) FROM known")).isEqualTo(40);
            assertThat(one(statement, "SELECT count(*) FROM millrace_delivery_ranges WHERE delivery = 'known'"))
                    .as("ranges that touch are one row")
                    .isEqualTo(1);
        }
    }

    /**
     * Two jobs that do not know of each other, with other batch boundaries, and objects that cannot be read at times.
     */
    @Test
    @Timeout(240)
    void whateverObjectsTwoWritersMakeNoRecordIsLoadedTwiceAndNoneIsTakenForLoaded() throws Exception {
        try (Connection owner = connect();
                Statement statement = owner.createStatement()) {
            statement.execute("CREATE TABLE raced (id int)");
            for (int seed = 0; seed < RACES; seed++) {
                statement.execute("TRUNCATE raced");
                String delivery = "race-" + seed;
                race(new Random(seed), delivery);
                fillGaps(statement, delivery);
                assertThat(one(statement, "SELECT count(*) FROM raced"))
                        .as("rows of seed %s", seed)
                        .isEqualTo(30);
                assertThat(one(statement, "SELECT count(DISTINCT id) FROM raced"))
                        .as("records of seed %s", seed)
                        .isEqualTo(30);
            }
        }
    }

    private static void race(Random random, String delivery) throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                Random own = new Random(random.nextLong());
                done.add(writers.submit(() -> write(own, delivery)));
            }
            for (Future<?> one : done) {
                one.get();
            }
        } finally {
            writers.shutdownNow();
        }
    }

    private static Void write(Random random, String delivery) throws SQLException {
        PostgresCopy copy = new PostgresCopy(target(postgres.user(), postgres.password(), "raced"));
        for (int after = 0; after < 30; ) {
            int last = Math.min(30, after + 1 + random.nextInt(15));
            Staged object = numbers(delivery, after, last);
            try {
                copy.copy(random.nextInt(4) == 0 ? new CutOff(object) : object);
            } catch (PositionOverlapException | IOException e) {
                // given up; the gap is filled below
            }
            after = last;
        }
        return null;
    }

    /** Offers alone each record that is not there, and one that is. */
    private static void fillGaps(Statement statement, String delivery) throws Exception {
        PostgresCopy copy = new PostgresCopy(target(postgres.user(), postgres.password(), "raced"));
        boolean offered = false;
        for (int number = 1; number <= 30; number++) {
            boolean there = one(statement, "SELECT count(*) FROM raced WHERE id = " + number) > 0;
            if (!there || !offered) {
                assertThat(copy.copy(numbers(delivery, number - 1, number)))
                        .as("%s of %s", number, delivery)
                        .isEqualTo(there ? 0 : 1);
                offered |= there;
            }
        }
    }

    private static long one(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** An object whose store goes away behind the first row. */
    private record CutOff(Staged object) implements StagedObject {
        @Override
        public String id() {
            return object.id();
        }

        @Override
        public String delivery() {
            return object.delivery();
        }

        @Override
        public List<ShardRange> ranges() {
            return object.ranges();
        }

        @Override
        public InputStream open() {
            InputStream failing = new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("gone");
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    throw new IOException("gone");
                }
            };
            return new SequenceInputStream(new ByteArrayInputStream("1\n".getBytes(StandardCharsets.UTF_8)), failing);
        }
    }
}
