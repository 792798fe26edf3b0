package io.millrace.server.demo;

import io.millrace.analytics.control.SqlException;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.analytics.control.SqlScript;
import io.millrace.server.node.Connections;
import io.millrace.server.query.ParquetQuery;
import io.millrace.server.query.WarehouseQuery;
import io.millrace.server.sql.ScriptRun;
import io.millrace.server.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import tools.jackson.databind.JsonNode;

/**
 * The main job on a fresh node: flights in by PutRecords, SQL applications over them, delivery to Parquet and to the
 * warehouse, a video in and out; then every result beside the number computed from the file.
 */
public final class Demo {
    private static final Duration RESULTS_TIMEOUT = Duration.ofMinutes(2);
    private static final int PROGRESS_EVERY = 4_000;
    private static final String LAKE_QUERY =
            "SELECT count(*) AS flights, printf('%.4f', avg(delay)) AS average_delay FROM 's3://lake/flights/**/*.parquet'";
    private static final String WAREHOUSE_QUERY =
            "SELECT count(*) AS flights, to_char(avg(delay), 'FM999990.0000') AS average_delay FROM flights";

    private final Connections connections;
    private final Path sql;
    private final Path cache;
    private final Consumer<String> progress;
    private final PrintStream out;
    private final Clients clients;
    private final Checks checks;

    /**
     * @param sql the folder of the SQL applications and their data
     * @param cache where queried objects are kept
     */
    public Demo(Connections connections, Path sql, Path cache, Consumer<String> progress, PrintStream out) {
        this.connections = connections;
        this.sql = sql;
        this.cache = cache;
        this.progress = progress;
        this.out = out;
        this.clients = new Clients(connections);
        this.checks = new Checks(out);
    }

    /** Runs everything once. Returns whether all results agree with the data file. */
    public boolean run() throws IOException, SqlException, SQLException, InterruptedException {
        Connections.ObjectStoreAccess s3 = connections.s3();
        Connections.WarehouseAccess warehouse = connections.warehouse();
        if (s3 == null || warehouse == null || connections.flinkAccess() == null) {
            throw new IOException("the demo needs S3, the warehouse and Flink");
        }
        List<Flight> flights = Flight.load(sql.resolve("data/flights-20k.ndjson.gz"));
        try (ObjectStore store = new ObjectStore(URI.create(s3.url()), s3.region(), s3.accessKey(), s3.secretKey());
                KinesisClient kinesis = clients.kinesis()) {
            Setup setup = new Setup(clients);
            setup.streams();
            setup.buckets(store, sql.resolve("data/airports.csv"));
            setup.lakeDelivery();
            setup.warehouseDelivery(warehouse);
            progress.accept("demo: streams, buckets, tables and delivery streams are created");
            ScriptRun scripts = new ScriptRun(
                    new SqlGateway(connections.sqlAccess()),
                    URI.create(connections.api()),
                    connections.apiAccess().secretKey(),
                    prefixed());
            for (String script : List.of("departure-delay.sql", "busiest-routes.sql")) {
                scripts.run(script, SqlScript.parse(Files.readString(sql.resolve(script))));
            }
            Map<String, Long> lastByShard = replay(kinesis, flights);
            VideoUpload.Result video = VideoUpload.run(clients);
            progress.accept(String.format(Locale.ROOT, "demo: a video of %d fragments is stored", video.fragments()));
            Expected expected = new Expected(flights, sql.resolve("data/airports.csv"), lastByShard);
            return show(kinesis, store, warehouse, expected, video);
        }
    }

    private PrintStream prefixed() {
        return new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                if (!line.equals("OK") && !line.startsWith("(")) {
                    progress.accept("demo: " + line);
                }
            }
        };
    }

    private Map<String, Long> replay(KinesisClient kinesis, List<Flight> flights) {
        long start = System.nanoTime();
        Map<String, Long> lastByShard = Replay.run(kinesis, Setup.FLIGHTS, flights, count -> {
            if (count % PROGRESS_EVERY == 0) {
                progress.accept(String.format(Locale.ROOT, "demo: %,d of %,d flights put", count, flights.size()));
            }
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        progress.accept(
                String.format(Locale.ROOT, "demo: %,d flights acknowledged in %.1f s", flights.size(), seconds));
        return lastByShard;
    }

    private boolean show(
            KinesisClient kinesis,
            ObjectStore store,
            Connections.WarehouseAccess warehouse,
            Expected expected,
            VideoUpload.Result video)
            throws InterruptedException {
        Map<String, Expected.Delay> delays = expected.departureDelays();
        Map<String, String> routes = expected.busiestRoutes();
        StreamReader delayRows = new StreamReader(kinesis, Setup.DELAYS);
        StreamReader routeRows = new StreamReader(kinesis, Setup.ROUTES);
        String flights = Integer.toString(expected.count());
        progress.accept("demo: waiting for the SQL windows and the two deliveries");
        await(() -> delayRows.rows().size() >= delays.size() && routeRows.rows().size() >= routes.size());
        progress.accept("demo: the SQL applications have written their windows");
        await(() -> lake(store).contains(flights));
        progress.accept("demo: the Parquet files hold all flights");
        await(() -> warehouse(warehouse).contains(flights));
        progress.accept("demo: the warehouse holds all flights");

        out.println();
        out.println(String.format(Locale.ROOT, "SQL: the worst weeks, from the stream '%s'", Setup.DELAYS));
        List<JsonNode> rows = delayRows.rows();
        SqlResults.show(rows, out);
        checks.that("rows of " + Setup.DELAYS, rows.size(), delays.size());
        checks.that("weeks and airports that differ", differences(SqlResults.delays(rows), delays), 0L);
        checks.that("rows of " + Setup.ROUTES, routeRows.rows().size(), routes.size());
        checks.that(
                "busiest routes",
                SqlResults.routes(routeRows.rows()).equals(routes) ? "the same" : "other",
                "the same");
        String average = String.format(Locale.ROOT, "%.4f", expected.averageDelay());
        section("Parquet on S3: ./millrace query \"" + LAKE_QUERY + "\"", lake(store), flights, average);
        section(
                "Warehouse: ./millrace query --warehouse \"" + WAREHOUSE_QUERY + "\"",
                warehouse(warehouse),
                flights,
                average);
        out.println();
        out.println(String.format(
                Locale.ROOT,
                "Video: stream 'front-door', %d fragments, %.1f s",
                video.fragments(),
                video.duration().toMillis() / 1000.0));
        checks.that("fragments acknowledged as persisted", video.persisted(), SampleVideo.FRAGMENTS);
        checks.that("fragments listed", video.fragments(), SampleVideo.FRAGMENTS);
        checks.that("duration in ms", video.duration().toMillis(), SampleVideo.DURATION_MILLIS);
        out.println();
        out.println(checks.summary());
        return checks.allAgree();
    }

    private void section(String title, String table, String count, String average) {
        out.println();
        out.println(title);
        out.print(table.indent(2));
        checks.that("flights", table.contains(count) ? count : "another number", count);
        checks.that("average delay", table.contains(average) ? average : "another number", average);
    }

    private static long differences(Map<String, Expected.Delay> found, Map<String, Expected.Delay> expected) {
        long missing = expected.entrySet().stream()
                .filter(entry -> !same(found.get(entry.getKey()), entry.getValue()))
                .count();
        long extra = found.keySet().stream()
                .filter(key -> !expected.containsKey(key))
                .count();
        return missing + extra;
    }

    private static boolean same(Expected.@Nullable Delay found, Expected.Delay expected) {
        return found != null
                && found.flights() == expected.flights()
                && found.worst() == expected.worst()
                && Math.abs(found.average() - expected.average()) < 1e-9;
    }

    private String lake(ObjectStore store) {
        return captured(stream -> ParquetQuery.run(LAKE_QUERY, store, cache, stream, 10));
    }

    private static String warehouse(Connections.WarehouseAccess warehouse) {
        return captured(stream -> WarehouseQuery.run(
                WAREHOUSE_QUERY, warehouse.jdbcUrl(), warehouse.user(), warehouse.password(), stream, 10));
    }

    @FunctionalInterface
    private interface Query {
        int run(PrintStream stream) throws IOException;
    }

    private static String captured(Query query) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            query.run(stream);
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + RESULTS_TIMEOUT.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(250);
        }
    }
}
