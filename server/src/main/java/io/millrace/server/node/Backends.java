package io.millrace.server.node;

import io.millrace.analytics.control.ClusterAccess;
import io.millrace.analytics.control.FlinkCluster;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.durable.threads.DaemonThreads;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.server.config.NodeConfig;
import io.millrace.server.flink.FlinkDoor;
import io.millrace.server.flink.FlinkProcess;
import io.millrace.server.health.Health;
import io.millrace.server.health.HttpReach;
import io.millrace.server.health.Part;
import io.millrace.server.health.PostgresReach;
import io.millrace.server.health.Probe;
import io.millrace.server.health.Reachability;
import io.millrace.server.health.Supervision;
import io.millrace.server.process.Pauses;
import io.millrace.server.process.ProcessStatus;
import io.millrace.server.storage.EmbeddedS3;
import io.millrace.server.storage.StoreKeys;
import io.millrace.server.warehouse.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node needs beside itself: object store, warehouse and Flink, each embedded, external or off. They start side
 * by side; a part that cannot start says so in the health, does not take the node down and
 * is tried again.
 */
final class Backends implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
    /** Of the JVM out of memory, and of the cluster when a part of it has failed. */
    private static final String ENDED_ITSELF = "ended with exit code 3";

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(3);
    private static final String LOOPBACK = "127.0.0.1";
    private static final String REGION = "us-east-1";

    private final NodeConfig config;
    private final Installation installation;
    private final DataDirectory directory;
    private final Health health;
    private final NodeKeys keys;
    private final Connections.@Nullable ObjectStoreAccess store;
    private final ConcurrentLinkedDeque<Closeable> running = new ConcurrentLinkedDeque<>();
    private final List<Thread> starters = new ArrayList<>();
    private final Map<String, String> failures = new ConcurrentHashMap<>();
    private volatile Connections.@Nullable WarehouseAccess warehouse;
    private volatile @Nullable FlinkProcess flink;
    private volatile boolean closing;

    /** @param keys of the node's own, with which its jobs and other commands on this machine call the API */
    Backends(NodeConfig config, Installation installation, DataDirectory directory, Health health, NodeKeys keys)
            throws IOException {
        this.keys = keys;
        this.config = config;
        this.installation = installation;
        this.directory = directory;
        this.health = health;
        this.store = objectStore(config, directory);
        if (config.warehouse() instanceof NodeConfig.Warehouse.External external) {
            warehouse = new Connections.WarehouseAccess(external.jdbcUrl(), external.user(), external.password());
        }
        for (String part : List.of("s3", "warehouse", "flink")) {
            health.watch(part, LOOK_EVERY, () -> Part.starting(""));
        }
    }

    /** Returns the way to the REST API of the cluster, which fails until the cluster has started. */
    ClusterAccess.Source flinkAccess() {
        if (config.flink() instanceof NodeConfig.Flink.External external) {
            return () -> new ClusterAccess(external.restUrl(), external.credential());
        }
        return () -> {
            FlinkDoor door = door();
            return new ClusterAccess(door.restUrl(), ClusterAccess.Credential.bearer(door.secret()));
        };
    }

    /** Returns the way to the SQL gateway, which fails until the gateway has started. */
    ClusterAccess.Source sqlAccess() {
        if (config.flink() instanceof NodeConfig.Flink.External external) {
            return () -> new ClusterAccess(external.sqlUrl(), external.credential());
        }
        return () -> {
            FlinkDoor door = door();
            return new ClusterAccess(door.sqlUrl(), ClusterAccess.Credential.bearer(door.secret()));
        };
    }

    private FlinkDoor door() throws IOException {
        FlinkProcess process = flink;
        if (process == null) {
            throw new IOException("Flink has not started yet");
        }
        return process.door();
    }

    private @Nullable FlinkDoor doorIfOpen() {
        try {
            return door();
        } catch (IOException e) {
            return null;
        }
    }

    /** Returns the JDBC URL of the warehouse; nothing while there is none. */
    @Nullable
    String warehouseUrl() {
        Connections.WarehouseAccess access = warehouse;
        return access == null ? null : access.jdbcUrl();
    }

    /** Returns where the embedded cluster keeps checkpoints. */
    @Nullable
    Path checkpoints() {
        return config.flink() instanceof NodeConfig.Flink.Embedded
                ? directory.resolve("flink").resolve("checkpoints")
                : null;
    }

    Connections connections(String api) {
        FlinkUrls urls = flinkUrls();
        return new Connections(
                api,
                new Connections.ApiAccess(
                        keys.own().id(), keys.own().secret(), config.auth() instanceof NodeConfig.Auth.SigV4),
                store,
                urls == null ? null : urls.rest().toString(),
                urls == null ? null : urls.sql().toString(),
                urls == null ? null : urls.access(),
                warehouse);
    }

    private record FlinkUrls(URI rest, URI sql, Connections.FlinkAccess access) {}

    /** Returns where Flink is, or will be once it has started. */
    private @Nullable FlinkUrls flinkUrls() {
        if (config.flink() instanceof NodeConfig.Flink.External external) {
            return new FlinkUrls(
                    external.restUrl(), external.sqlUrl(), new Connections.FlinkAccess(null, external.credential()));
        }
        if (config.flink() instanceof NodeConfig.Flink.Embedded embedded) {
            FlinkDoor open = doorIfOpen();
            FlinkDoor door = open != null ? open : new FlinkDoor(0, embedded.restPort(), embedded.sqlPort(), "");
            String file = FlinkDoor.file(directory.resolve("flink")).toString();
            return new FlinkUrls(door.restUrl(), door.sqlUrl(), new Connections.FlinkAccess(file, null));
        }
        return null;
    }

    /** Returns how the object store is reached, whether or not it answers yet; absent while there is none. */
    Connections.@Nullable ObjectStoreAccess objectStore() {
        return store;
    }

    private static Connections.@Nullable ObjectStoreAccess objectStore(NodeConfig config, DataDirectory directory)
            throws IOException {
        if (config.s3() instanceof NodeConfig.S3.Embedded embedded) {
            String url = "http://" + Node.shownHost(config.bind()) + ":" + embedded.port();
            NodeConfig.S3.Keys given = embedded.keys();
            if (given != null) {
                return new Connections.ObjectStoreAccess(url, REGION, given.accessKey(), given.secretKey());
            }
            AccessKey kept = StoreKeys.loadOrCreate(directory.resolve("s3-keys"), new SecureRandom());
            return new Connections.ObjectStoreAccess(url, REGION, kept.id(), kept.secret());
        }
        if (config.s3() instanceof NodeConfig.S3.External external) {
            return new Connections.ObjectStoreAccess(
                    external.endpoint().toString(), external.region(), external.accessKey(), external.secretKey());
        }
        return null;
    }

    /** Starts everything in the background. */
    void start(String api, Consumer<String> progress) {
        start("s3", progress, () -> startS3(progress));
        start("warehouse", progress, () -> startWarehouse(progress));
        start("flink", progress, () -> startFlink(api, progress));
    }

    @FunctionalInterface
    private interface Starter {
        void start() throws IOException;
    }

    /** Starts a part, and tries again and again when that fails: the reason may pass, as a busy port does. */
    private void start(String part, Consumer<String> progress, Starter starter) {
        starters.add(DaemonThreads.start("start-" + part, () -> {
            Duration pause = Duration.ZERO;
            while (!closing && !hasStarted(part, progress, starter)) {
                pause = Pauses.OF_PARTS.after(pause, Duration.ZERO);
                LockSupport.parkNanos(pause.toNanos());
            }
        }));
    }

    private boolean hasStarted(String part, Consumer<String> progress, Starter starter) {
        try {
            starter.start();
            return true;
        } catch (IOException | RuntimeException e) { // the outermost frame of the thread
            if (!closing) {
                String reason = String.valueOf(e.getMessage());
                LOG.debug("{} could not be started", part, e);
                if (!reason.equals(failures.put(part, reason))) { // said once, not at every try
                    progress.accept(String.format(Locale.ROOT, "Failed     %s: %s (trying again)", part, reason));
                }
                health.watch(part, LOOK_EVERY, () -> Part.failed(reason));
            }
            return false;
        }
    }

    /** Keeps something to be closed, or closes it now when the node is going down already. */
    private <C extends Closeable> C keep(C part) throws IOException {
        running.push(part);
        if (closing) {
            part.close();
        }
        return part;
    }

    private void startS3(Consumer<String> progress) throws IOException {
        Connections.ObjectStoreAccess access = store;
        if (access == null) {
            health.watch("s3", LOOK_EVERY, Part::off);
            return;
        }
        String url = access.url();
        if (config.s3() instanceof NodeConfig.S3.Embedded embedded) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(config.bind()), embedded.port());
            keep(EmbeddedS3.start(directory.resolve("s3"), address, access.accessKey(), access.secretKey()));
        }
        HttpReach reach = new HttpReach(URI.create(url));
        Reachability s3 = new Reachability(System::nanoTime);
        health.watch("s3", LOOK_EVERY, () -> s3.judge(reach.answers(PROBE_TIMEOUT), Map.of("url", url)));
        progress.accept("S3         " + url);
    }

    private void startWarehouse(Consumer<String> progress) throws IOException {
        if (config.warehouse() instanceof NodeConfig.Warehouse.Off) {
            health.watch("warehouse", LOOK_EVERY, Part::off);
            return;
        }
        Probe probe;
        if (config.warehouse() instanceof NodeConfig.Warehouse.Embedded embedded) {
            EmbeddedPostgres postgres = keep(EmbeddedPostgres.start(
                    directory.resolve("warehouse"), installation.programs().resolve("postgres"), embedded.port()));
            warehouse = new Connections.WarehouseAccess(postgres.jdbcUrl(), postgres.user(), postgres.password());
            postgres.onEnd(() -> health.look("warehouse"));
            probe = probeOf(postgres);
        } else {
            probe = probeOf(warehouse == null ? "" : warehouse.jdbcUrl());
        }
        Connections.WarehouseAccess access = warehouse;
        progress.accept(
                "Warehouse  " + (access == null ? "" : access.jdbcUrl())); // found by other commands before it counts
        health.watch("warehouse", LOOK_EVERY, probe);
    }

    private static Probe probeOf(EmbeddedPostgres postgres) {
        PostgresReach reach = PostgresReach.at(LOOPBACK, postgres.port());
        Supervision supervision = new Supervision(System::nanoTime, postgres::killHanging);
        Map<String, Object> known = Map.of("url", postgres.jdbcUrl());
        return () -> {
            ProcessStatus status = postgres.status();
            boolean answers = status.isRunning() && postgres.isReady() && reach.answers(PROBE_TIMEOUT);
            return supervision.judge(status, answers, known);
        };
    }

    /** Returns what looks at a warehouse that somebody else runs. */
    private static Probe probeOf(String jdbcUrl) {
        PostgresReach reach = PostgresReach.ofJdbcUrl(jdbcUrl);
        Reachability reachability = new Reachability(System::nanoTime);
        Map<String, Object> details = Map.of("url", jdbcUrl, "checked", reach.hasHosts());
        return () -> reachability.judge(!reach.hasHosts() || reach.answers(PROBE_TIMEOUT), details);
    }

    private void startFlink(String api, Consumer<String> progress) throws IOException {
        if (config.flink() instanceof NodeConfig.Flink.Off) {
            health.watch("flink", LOOK_EVERY, Part::off);
            return;
        }
        FlinkCluster cluster = new FlinkCluster(flinkAccess());
        SqlGateway gateway = new SqlGateway(sqlAccess());
        if (config.flink() instanceof NodeConfig.Flink.Embedded embedded) {
            FlinkProcess.Settings settings = settings(embedded, api);
            FlinkProcess process =
                    keep(embedded.brief() ? FlinkProcess.startBriefly(settings) : FlinkProcess.start(settings));
            flink = process;
            Supervision supervision = new Supervision(System::nanoTime, process::killHanging);
            process.onEnd(() -> health.look("flink"));
            health.watch("flink", LOOK_EVERY, () -> {
                ProcessStatus status = process.status();
                return supervision.judge(status, status.isRunning() && answer(cluster, gateway), flinkDetails());
            });
        } else {
            Reachability reachability = new Reachability(System::nanoTime);
            health.watch("flink", LOOK_EVERY, () -> reachability.judge(answer(cluster, gateway), flinkDetails()));
        }
        while (!closing && !(cluster.isReady() && gateway.isReady())) {
            pause();
        }
        FlinkUrls urls = flinkUrls();
        progress.accept("Flink      "
                + (urls == null
                        ? ""
                        : urls.rest() + "  (SQL gateway " + urls.sql() + "; './millrace flink-ui' opens the web UI)"));
    }

    private Map<String, Object> flinkDetails() {
        FlinkUrls urls = flinkUrls();
        return urls == null
                ? Map.of()
                : Map.of("url", urls.rest().toString(), "sqlGateway", urls.sql().toString());
    }

    private FlinkProcess.Settings settings(NodeConfig.Flink.Embedded embedded, String api) {
        return new FlinkProcess.Settings(
                installation.flinkLibraries(),
                directory.resolve("flink"),
                embedded.restPort(),
                embedded.sqlPort(),
                new FlinkProcess.Size(
                        embedded.size().heap().toString(), embedded.size().slots()),
                embedded.files(),
                flinkSettings(),
                Map.of(
                        "AWS_ENDPOINT_URL_KINESIS",
                        api,
                        "AWS_REGION",
                        REGION,
                        "AWS_ACCESS_KEY_ID",
                        keys.jobs().id(),
                        "AWS_SECRET_ACCESS_KEY",
                        keys.jobs().secret()));
    }

    /** Returns how often the embedded cluster was started again, if it ended itself the last time; 0 otherwise. */
    int endsByJobs() {
        FlinkProcess process = flink;
        return process != null && process.status().lastExit().equals(ENDED_ITSELF)
                ? process.status().restarts()
                : 0;
    }

    private static boolean answer(FlinkCluster cluster, SqlGateway gateway) throws InterruptedException {
        return cluster.answers(PROBE_TIMEOUT) && gateway.answers(PROBE_TIMEOUT);
    }

    private Map<String, String> flinkSettings() {
        Connections.ObjectStoreAccess access = store;
        return access == null
                ? Map.of()
                : Map.of(
                        "s3.endpoint", access.url(),
                        "s3.path-style-access", "true",
                        "s3.region", access.region(),
                        "s3.access-key", access.accessKey(),
                        "s3.secret-key", access.secretKey());
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        closing = true;
        starters.forEach(Thread::interrupt);
        IOException failure = null;
        for (Closeable part = running.poll(); part != null; part = running.poll()) {
            try {
                part.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
