package io.millrace.server.node;

import io.millrace.analytics.control.FlinkCluster;
import io.millrace.analytics.control.ManagedJobs;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.durable.Resources;
import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.durable.threads.DaemonThreads;
import io.millrace.firehose.catalog.GlueApi;
import io.millrace.firehose.catalog.SchemaCatalog;
import io.millrace.firehose.control.Firehose;
import io.millrace.ingest.Ingest;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.LogStats;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.EndpointLimits;
import io.millrace.protocol.endpoint.Route;
import io.millrace.protocol.endpoint.ServerCertificate;
import io.millrace.server.config.NodeConfig;
import io.millrace.server.health.Health;
import io.millrace.server.health.HealthPages;
import io.millrace.server.health.Part;
import io.millrace.video.Video;
import io.netty.handler.ssl.SslContext;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node.
 *
 * <p>Object store, warehouse and Flink come up side by side, as {@link Backends}, while the API opens what it serves;
 * it waits for none of them. A loop then keeps the jobs on Flink as they should be. Everything is closed in the reverse
 * order of its opening, and whatever was acknowledged survives any other end.
 */
public final class Node implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration REFRESH_KEYS = Duration.ofSeconds(1);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration LONGEST_LOOP_SILENCE = Duration.ofSeconds(10);
    private static final int DELIVERY_THREADS = 4;
    private static final int CATALOG_THREADS = 2;
    private static final int APPLICATION_THREADS = 4;
    private static final Duration RESERVE = Duration.ofSeconds(10);
    private static final int SHOWN_DAMAGES = 20;

    private final Deque<Closeable> opened = new ArrayDeque<>();
    private final Health health = new Health(System::nanoTime, InstantSource.system());
    /** One pool a service: one that waits for Flink starves no other. */
    private final ExecutorService deliveryIo =
            Executors.newFixedThreadPool(DELIVERY_THREADS, DaemonThreads.named("delivery-io"));

    private final ExecutorService catalogIo =
            Executors.newFixedThreadPool(CATALOG_THREADS, DaemonThreads.named("catalog-io"));
    private final ExecutorService applicationIo =
            Executors.newFixedThreadPool(APPLICATION_THREADS, DaemonThreads.named("application-io"));
    private final ExecutorService lookUps =
            Executors.newFixedThreadPool(DELIVERY_THREADS, DaemonThreads.named("bucket"));
    private final ExecutorService pageMaker = Executors.newSingleThreadExecutor(DaemonThreads.named("page"));
    /** On a thread of its own: a removed key must not stay valid because Flink does not answer. */
    private final ScheduledExecutorService keyTimer =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("keys"));

    private final Backends backends;
    private final String api;
    private volatile boolean serving;
    private volatile Supplier<String> failedForGood = () -> "";

    private Node(NodeConfig asked, Installation installation, Consumer<String> progress)
            throws StartException, IOException {
        boolean whole = false;
        try {
            NodeConfig config = withPorts(asked); // first, since a refusal should leave nothing on the disk
            DataDirectory directory = DataDirectory.open(config.dataDirectory());
            opened.push(directory);
            reserve(directory);
            NodeKeys keys = NodeKeys.open(directory);
            this.backends = new Backends(config, installation, directory, health, keys);
            opened.push(backends);
            CompletableFuture<SslContext> tls = CompletableFuture.supplyAsync(() -> tlsOf(directory), pageMaker);
            this.api = String.format(Locale.ROOT, "http://%s:%d", shownHost(config.bind()), config.port());
            backends.start(api, line -> {
                progress.accept(line);
                saveConnections(directory);
            });
            Resources resources = Resources.of(directory.resolve("streams"));
            progress.accept("Memory     " + resources.memory());
            Services services = services(config, directory, resources, installation, keys);
            FlinkUi ui = new FlinkUi(
                    new FlinkUiSessions(new SecureRandom(), InstantSource.system()), backends.flinkAccess());
            ApiRouter router = services.router();
            router.addPath(
                    "POST",
                    "/millrace/flink-ui",
                    link(ui, new OwnSecret(keys.own().secret())));
            Endpoint endpoint = Endpoint.start(
                    new InetSocketAddress(InetAddress.getByName(config.bind()), config.port()),
                    tls::join,
                    head -> FlinkUi.takes(head) ? ui.route() : router.route(head),
                    new Endpoint.Settings(EndpointLimits.defaults(), resources.memory()));
            opened.push(endpoint);
            health.vital(() -> blockedLoop(endpoint));
            services.metrics().add(endpoint);
            progress.accept(String.format(
                    Locale.ROOT,
                    "API        %s  (http, https, HTTP/2; durability %s; auth %s; limits %s)",
                    api,
                    config.log().durability(),
                    config.auth(),
                    config.streams().limits().enforced() ? "aws" : "off"));
            watch(keys, config, progress);
            serving = true;
            saveConnections(directory);
            tls.join(); // a certificate that cannot be used is told now, not to the first client that wants it
            whole = true;
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    private void reserve(DataDirectory directory) throws IOException {
        DiskReserve reserve = DiskReserve.in(directory);
        reserve.releaseIfFull();
        keyTimer.scheduleWithFixedDelay(
                () -> {
                    try {
                        reserve.renew();
                    } catch (IOException | RuntimeException e) { // the outermost frame of the timer's task
                        LOG.warn("no room is set aside for a start on a full disk: {}", e.toString());
                    }
                },
                RESERVE.toMillis(),
                RESERVE.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private static Route link(FlinkUi ui, OwnSecret secret) {
        return new Route.Whole(
                FlinkUi.MAX_BODY_BYTES,
                (exchange, body) -> exchange.answer(
                        secret.isShown(exchange.head())
                                ? Answer.of(
                                        200,
                                        "application/json",
                                        ("{\"path\":\"" + ui.link() + "\"}").getBytes(StandardCharsets.UTF_8))
                                : Answer.empty(403, Map.of())),
                exchange -> Answer.empty(413, Map.of()));
    }

    private static SslContext tlsOf(DataDirectory directory) {
        try {
            return ServerCertificate.loadOrCreate(directory.resolve("tls")).context();
        } catch (IOException e) {
            throw new UncheckedIOException("the certificate in the data directory: " + e.getMessage(), e);
        }
    }

    /** Lets callers in as keys are added, and shuts them out as theirs are removed. */
    private void watch(NodeKeys keys, NodeConfig config, Consumer<String> progress) throws IOException {
        if (config.auth() instanceof NodeConfig.Auth.SigV4) {
            keyTimer.scheduleWithFixedDelay(
                    keys::refresh, REFRESH_KEYS.toMillis(), REFRESH_KEYS.toMillis(), TimeUnit.MILLISECONDS);
            if (keys.isEmpty()) {
                progress.accept(String.format(
                        Locale.ROOT,
                        "Auth       there is no access key yet; './millrace keys add --data-dir %s' makes one",
                        config.dataDirectory()));
            }
        }
    }

    /** What is served, and what is counted of it. */
    private record Services(ApiRouter router, NodeMetrics metrics) {}

    /** Opens what the API speaks of and starts the loop that looks after jobs. */
    private Services services(
            NodeConfig config, DataDirectory directory, Resources resources, Installation installation, NodeKeys keys)
            throws IOException {
        AccessKey bufferKey = BufferKey.of(directory);
        ApiRouter router = new ApiRouter(keys.authentication(config.auth(), bufferKey));
        Ingest ingest = Ingest.open(
                directory.resolve("streams"), resources, config.log(), config.streams(), InstantSource.system());
        opened.push(ingest);
        health.watch("streams", LOOK_EVERY, () -> streamsPart(ingest));
        health.vital(ingest::death);
        Video video = Video.open(directory.resolve("video"), resources, InstantSource.system());
        opened.push(video);
        health.watch("video", LOOK_EVERY, () -> Part.of(video.failure(), Map.of()));
        FlinkCluster cluster = new FlinkCluster(backends.flinkAccess());
        failedForGood = () -> ingest.death().isEmpty() ? video.death() : ingest.death();
        ManagedJobs jobs = ManagedJobs.open(
                new ManagedJobs.Setup(
                        DocumentStore.openPrivate(directory.resolve("jobs")),
                        DocumentStore.open(directory.resolve("identity")),
                        new ManagedJobs.Flink(cluster, new SqlGateway(backends.sqlAccess())),
                        installation.jobJars(),
                        backends.checkpoints(),
                        config.checkpointInterval()),
                InstantSource.system(),
                new SecureRandom()::nextLong);
        opened.push(jobs);
        Buckets buckets = new Buckets(backends::objectStore, lookUps);
        opened.push(buckets);
        SchemaCatalog catalog = SchemaCatalog.open(DocumentStore.open(directory.resolve("catalog")));
        Firehose firehose = Firehose.open(
                DocumentStore.openPrivate(directory.resolve("deliveries")),
                catalog,
                new StreamBuffers(ingest.streams(), ingest.records(), bufferKey),
                new FlinkDeliveries(
                        jobs,
                        buckets,
                        config.flink() instanceof NodeConfig.Flink.External external ? external.sourceEndpoint() : null,
                        directory.resolve("tls").resolve("certificate.pem"),
                        backends::warehouseUrl),
                deliveryIo,
                InstantSource.system());
        JobsLoop loop = new JobsLoop(jobs, backends::endsByJobs);
        opened.push(loop);
        loop.start();
        health.watch("jobs", LOOK_EVERY, config.flink() instanceof NodeConfig.Flink.Off ? Part::off : loop::look);
        List<Supplier<List<DamagedDocument>>> loaded =
                List.of(ingest::damaged, video::damaged, jobs::damaged, catalog::damaged, firehose::damaged);
        health.watch("documents", LOOK_EVERY, new DocumentsPart(loaded, keys::damaged).logged()::look);
        Applications applications =
                new Applications(jobs, applicationIo, new OwnSecret(keys.own().secret()));
        HealthPages pages = new HealthPages(health);
        NodeMetrics.Jobs onFlink = new NodeMetrics.Jobs(jobs, cluster, firehose::deliveries, buckets);
        NodeMetrics metrics =
                new NodeMetrics(config.dataDirectory(), resources.memory(), ingest, video, health, onFlink);
        opened.push(metrics);
        router.add(ingest.service())
                .add(firehose.service())
                .add(GlueApi.service(catalog, catalogIo, InstantSource.system()))
                .addPath("GET", "/health", pages.all())
                .addPath("GET", "/health/ready", pages.ready())
                .addPath("GET", "/health/live", pages.live())
                .addPath("GET", "/metrics", metrics.route())
                .addPath("POST", "/millrace/applications", applications.start())
                .addPath("GET", "/millrace/applications", applications.list())
                .addPath("DELETE", "/millrace/applications", applications.stop());
        video.register(router);
        return new Services(router, metrics);
    }

    /** One at a time: the parts come up side by side, and the last to be written has to know all of them. */
    private synchronized void saveConnections(DataDirectory directory) {
        if (!serving) {
            return; // other commands hear of a node when its API serves, not before
        }
        try {
            connections().save(directory);
        } catch (IOException e) {
            LOG.error("the connections of this node cannot be written; other commands will not find it", e);
        }
    }

    /**
     * Starts a node and returns once its API serves; the other parts may still be starting.
     *
     * @param progress is told in one line each what has started
     * @throws StartException if it cannot start, with a sentence for the user; nothing is left running
     */
    public static Node start(NodeConfig config, Installation installation, Consumer<String> progress)
            throws StartException {
        installation.check();
        try {
            return new Node(config, installation, progress);
        } catch (IOException | CompletionException e) {
            throw new StartException("the node cannot start: " + e.getMessage(), e);
        }
    }

    private static NodeConfig withPorts(NodeConfig asked) throws StartException {
        int port = Ports.claim(asked.bind(), asked.port(), "--port");
        NodeConfig.S3 s3 = asked.s3();
        if (s3 instanceof NodeConfig.S3.Embedded embedded) {
            s3 = new NodeConfig.S3.Embedded(Ports.claim(asked.bind(), embedded.port(), "--s3-port"), embedded.keys());
        }
        NodeConfig.Flink flink = asked.flink();
        if (flink instanceof NodeConfig.Flink.Embedded embedded) {
            flink = new NodeConfig.Flink.Embedded(
                    Ports.claimForChild(embedded.restPort(), "--flink-port"),
                    Ports.claimForChild(embedded.sqlPort(), "--sql-port"),
                    embedded.files(),
                    embedded.brief(),
                    embedded.size());
        }
        NodeConfig.Warehouse warehouse = asked.warehouse();
        if (warehouse instanceof NodeConfig.Warehouse.Embedded embedded) {
            warehouse = new NodeConfig.Warehouse.Embedded(Ports.claimForChild(embedded.port(), "--warehouse-port"));
        }
        return new NodeConfig(
                asked.dataDirectory(),
                asked.bind(),
                port,
                asked.auth(),
                asked.log(),
                asked.streams(),
                s3,
                flink,
                asked.checkpointInterval(),
                warehouse);
    }

    /** Returns the host under which a node on this machine is reached. */
    static String shownHost(String bind) {
        if (bind.equals("0.0.0.0") || bind.equals("::")) {
            return "127.0.0.1";
        }
        return bind.contains(":") ? String.format(Locale.ROOT, "[%s]", bind) : bind;
    }

    private static String blockedLoop(Endpoint endpoint) {
        Duration silence = endpoint.longestLoopSilence();
        return silence.compareTo(LONGEST_LOOP_SILENCE) < 0
                ? ""
                : "an event loop has been blocked for " + silence.toSeconds() + " s";
    }

    private static Part streamsPart(Ingest ingest) {
        LogStats stats = ingest.logStats();
        List<String> damages = stats.damages().stream()
                .limit(SHOWN_DAMAGES)
                .map(Damage::toString)
                .toList();
        return Part.of(
                stats.failure(),
                Map.of(
                        "durability",
                        stats.durability(),
                        "streams",
                        ingest.streams().count(),
                        "damages",
                        damages));
    }

    /** Tells why data cannot be stored until the node is restarted; empty while it can, or will by itself. */
    public String failedForGood() {
        return failedForGood.get();
    }

    /** Returns how to reach the parts that have started so far. */
    public Connections connections() {
        return backends.connections(api);
    }

    /** Waits until every part serves. Returns false if that took longer than the time given. */
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        while (!health.seen().isReady()) {
            if (System.nanoTime() > end) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return true;
    }

    /** Returns the parts that do not serve, each with the reason; empty when the node is ready. Never waits. */
    public List<String> notReady() {
        return health.seen().notReady();
    }

    @Override
    public void close() {
        health.close(); // what ends from now on was asked to
        keyTimer.shutdownNow();
        List.of(deliveryIo, catalogIo, applicationIo, lookUps, pageMaker).forEach(ExecutorService::shutdown);
        for (Closeable part : opened) {
            try {
                part.close();
            } catch (IOException e) {
                LOG.warn("a part of the node did not close in order", e);
            }
        }
    }
}
