package io.millrace.server.node;

import io.millrace.analytics.control.FlinkCluster;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.server.config.NodeConfig;
import io.millrace.server.flink.FlinkProcess;
import io.millrace.server.storage.EmbeddedS3;
import io.millrace.server.warehouse.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node needs beside itself: object store, warehouse and Flink, each embedded, external or off. They start side by
 * side; a part that cannot start says so in the health and does not take the node down.
 */
final class Backends implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
    private static final String LOOPBACK = "127.0.0.1";

    private final NodeConfig config;
    private final Installation installation;
    private final DataDirectory directory;
    private final Health health;
    private final AccessKey apiKey;
    private final ConcurrentLinkedDeque<Closeable> running = new ConcurrentLinkedDeque<>();
    private final List<Thread> starters = new ArrayList<>();
    private volatile Connections.@Nullable WarehouseAccess warehouse;
    private volatile boolean closing;

    /** @param apiKey with which Flink and other commands on this machine call the API */
    Backends(NodeConfig config, Installation installation, DataDirectory directory, Health health, AccessKey apiKey) {
        this.apiKey = apiKey;
        this.config = config;
        this.installation = installation;
        this.directory = directory;
        this.health = health;
        if (config.warehouse() instanceof NodeConfig.Warehouse.External external) {
            warehouse = new Connections.WarehouseAccess(external.jdbcUrl(), external.user(), external.password());
        }
        for (String part : List.of("s3", "warehouse", "flink")) {
            health.set(part, () -> Health.Part.of(Health.STARTING));
        }
    }

    URI flinkUrl() {
        if (config.flink() instanceof NodeConfig.Flink.External external) {
            return external.restUrl();
        }
        int port = config.flink() instanceof NodeConfig.Flink.Embedded embedded ? embedded.restPort() : 0;
        return URI.create("http://%s:%d".formatted(LOOPBACK, port));
    }

    URI sqlUrl() {
        if (config.flink() instanceof NodeConfig.Flink.External external) {
            return external.sqlUrl();
        }
        int port = config.flink() instanceof NodeConfig.Flink.Embedded embedded ? embedded.sqlPort() : 0;
        return URI.create("http://%s:%d".formatted(LOOPBACK, port));
    }

    /** Returns where the embedded cluster keeps checkpoints. */
    @Nullable
    Path checkpoints() {
        return config.flink() instanceof NodeConfig.Flink.Embedded
                ? directory.resolve("flink").resolve("checkpoints")
                : null;
    }

    Connections connections(String api) {
        boolean flink = !(config.flink() instanceof NodeConfig.Flink.Off);
        return new Connections(
                api,
                new Connections.ApiAccess(apiKey.id(), apiKey.secret()),
                objectStore(),
                flink ? flinkUrl().toString() : null,
                flink ? sqlUrl().toString() : null,
                warehouse);
    }

    private Connections.@Nullable ObjectStoreAccess objectStore() {
        if (config.s3() instanceof NodeConfig.S3.Embedded embedded) {
            return new Connections.ObjectStoreAccess(
                    "http://%s:%d".formatted(Node.shownHost(config.bind()), embedded.port()),
                    "us-east-1",
                    embedded.accessKey(),
                    embedded.secretKey());
        }
        if (config.s3() instanceof NodeConfig.S3.External external) {
            return new Connections.ObjectStoreAccess(
                    external.endpoint().toString(), external.region(), external.accessKey(), external.secretKey());
        }
        return null;
    }

    /** Starts everything in the background. */
    void start(String api, Consumer<String> progress) {
        start("s3", () -> startS3(progress));
        start("warehouse", () -> startWarehouse(progress));
        start("flink", () -> startFlink(api, progress));
    }

    @FunctionalInterface
    private interface Starter {
        void start() throws IOException;
    }

    private void start(String part, Starter starter) {
        Thread thread = new Thread(
                () -> {
                    try {
                        starter.start();
                    } catch (IOException | RuntimeException e) { // the outermost frame of the thread
                        LOG.error("{} could not be started", part, e);
                        health.set(part, () -> Health.Part.of("failed: " + e.getMessage()));
                    }
                },
                "start-" + part);
        thread.setDaemon(true);
        starters.add(thread);
        thread.start();
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
        if (config.s3() instanceof NodeConfig.S3.Off) {
            health.set("s3", () -> Health.Part.of(Health.OFF));
            return;
        }
        Connections.ObjectStoreAccess access = objectStore();
        String url = access == null ? "" : access.url();
        if (config.s3() instanceof NodeConfig.S3.Embedded embedded) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(config.bind()), embedded.port());
            keep(EmbeddedS3.start(directory.resolve("s3"), address, embedded.accessKey(), embedded.secretKey()));
        }
        health.set("s3", () -> new Health.Part(Health.OK, Map.of("url", url)));
        progress.accept("S3         " + url);
    }

    private void startWarehouse(Consumer<String> progress) throws IOException {
        if (config.warehouse() instanceof NodeConfig.Warehouse.Off) {
            health.set("warehouse", () -> Health.Part.of(Health.OFF));
            return;
        }
        BooleanSupplier isRunning;
        if (config.warehouse() instanceof NodeConfig.Warehouse.Embedded embedded) {
            EmbeddedPostgres postgres = keep(EmbeddedPostgres.start(
                    directory.resolve("warehouse"), installation.programs().resolve("postgres"), embedded.port()));
            warehouse = new Connections.WarehouseAccess(postgres.jdbcUrl(), postgres.user(), postgres.password());
            isRunning = postgres::isRunning;
        } else {
            isRunning = () -> true;
        }
        Connections.WarehouseAccess access = warehouse;
        String url = access == null ? "" : access.jdbcUrl();
        progress.accept("Warehouse  " + url); // other commands find it by the time that it counts as good
        health.set(
                "warehouse",
                () -> new Health.Part(
                        isRunning.getAsBoolean() ? Health.OK : "has ended; restart the node", Map.of("url", url)));
    }

    private void startFlink(String api, Consumer<String> progress) throws IOException {
        if (config.flink() instanceof NodeConfig.Flink.Off) {
            health.set("flink", () -> Health.Part.of(Health.OFF));
            return;
        }
        FlinkCluster cluster = new FlinkCluster(flinkUrl());
        SqlGateway gateway = new SqlGateway(sqlUrl());
        Map<String, Object> details =
                new HashMap<>(Map.of("url", flinkUrl().toString(), "sqlGateway", sqlUrl().toString()));
        if (config.flink() instanceof NodeConfig.Flink.Embedded embedded) {
            FlinkProcess.Settings settings = new FlinkProcess.Settings(
                    installation.flinkLibraries(),
                    directory.resolve("flink"),
                    embedded.restPort(),
                    embedded.sqlPort(),
                    flinkSettings(),
                    Map.of(
                            "AWS_ENDPOINT_URL_KINESIS",
                            api,
                            "AWS_REGION",
                            "us-east-1",
                            "AWS_ACCESS_KEY_ID",
                            apiKey.id(),
                            "AWS_SECRET_ACCESS_KEY",
                            apiKey.secret()));
            FlinkProcess process =
                    keep(embedded.brief() ? FlinkProcess.startBriefly(settings) : FlinkProcess.start(settings));
            health.set(
                    "flink",
                    () -> new Health.Part(
                            process.isRunning() && cluster.isReady() && gateway.isReady() ? Health.OK : Health.STARTING,
                            withProcess(details, process)));
        } else {
            health.set(
                    "flink",
                    () -> new Health.Part(
                            cluster.isReady() && gateway.isReady() ? Health.OK : "does not answer", details));
        }
        while (!closing && !(cluster.isReady() && gateway.isReady())) {
            pause();
        }
        progress.accept("Flink      %s  (SQL gateway %s)".formatted(flinkUrl(), sqlUrl()));
    }

    private static Map<String, Object> withProcess(Map<String, Object> details, FlinkProcess process) {
        Map<String, Object> all = new HashMap<>(details);
        all.put("pid", process.pid());
        all.put("restarts", process.restarts());
        return all;
    }

    private Map<String, String> flinkSettings() {
        Connections.ObjectStoreAccess access = objectStore();
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
