package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.FlinkProxy.Fault;
import io.millrace.server.flink.FlinkDoor;
import io.millrace.server.flink.FlinkProcess;
import io.millrace.server.node.Connections;
import io.millrace.server.storage.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers to submissions come late, twice or never from a real Flink, while a stream is delivered to objects and into the
 * warehouse: one job of each delivery runs, and every record is in both places once.
 *
 * <p>By default the proxy ends the connection of a call that it holds back, which is how the end of the node's patience looks
 * to Flink; {@code -Dfaults=long} holds calls back for longer than the node waits. {@code -Dseed=N} repeats the faults.
 */
@Timeout(1800)
class LateSubmissionIT {
    private static final boolean LONG = "long".equals(System.getProperty("faults"));
    private static final Duration TIMEOUT = LONG ? Duration.ofMinutes(6) : Duration.ofMinutes(4);
    private static final int CANCELLATIONS = LONG ? 4 : 1;
    private static final int LATE_MILLIS = 4_000;

    /** The node waits for 90 s. */
    private static final int BEYOND_PATIENCE_MILLIS = 95_000;

    private static final int SETTLE_SECONDS = 5;
    private static final String GONE = "gone";

    @TempDir
    Path directory;

    @Test
    void howeverSubmissionsAreAnsweredEachDeliveryRunsOnceAndEachRecordArrivesOnce() throws Exception {
        long seed = Long.getLong("seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        System.out.println("late answers of Flink: -Dseed=" + seed);
        try (FlinkProxy rest = new FlinkProxy(FlinkDoor::restUrl);
                FlinkProxy sql = new FlinkProxy(FlinkDoor::sqlUrl);
                NodeProcess node = NodeProcess.start(
                        directory.resolve("data"),
                        "--flink-url",
                        rest.url().toString(),
                        "--sql-url",
                        sql.url().toString())) {
            Await.until("the object store", TIMEOUT, () -> isUp(node, "s3"));
            try (FlinkProcess flink = startFlink(node.connections())) {
                FlinkDoor door = awaitDoor(flink);
                rest.open(door);
                sql.open(door);
                node.awaitReady(TIMEOUT);
                deliver(node, rest, new Cluster(door), new Random(seed));
            }
        } catch (AssertionError e) {
            throw new AssertionError("-Dseed=" + seed + ": " + e.getMessage(), e);
        }
    }

    private static boolean isUp(NodeProcess node, String part) throws InterruptedException {
        try {
            return node.health()
                    .page()
                    .path("parts")
                    .path(part)
                    .path("status")
                    .asString("")
                    .equals("ok");
        } catch (IOException e) {
            return false; // the API does not serve yet
        }
    }

    private FlinkProcess startFlink(Connections connections) throws IOException {
        Connections.ObjectStoreAccess s3 = connections.s3();
        return FlinkProcess.startBriefly(new FlinkProcess.Settings(
                Path.of("../analytics-jobs/runtime/target/lib"),
                directory.resolve("flink"),
                0,
                0,
                new FlinkProcess.Size("512m", 8),
                List.of(),
                Map.of(
                        "s3.endpoint", s3.url(),
                        "s3.path-style-access", "true",
                        "s3.region", s3.region(),
                        "s3.access-key", s3.accessKey(),
                        "s3.secret-key", s3.secretKey()),
                Map.of(
                        "AWS_ENDPOINT_URL_KINESIS",
                        connections.api(),
                        "AWS_REGION",
                        "us-east-1",
                        "AWS_ACCESS_KEY_ID",
                        "test",
                        "AWS_SECRET_ACCESS_KEY",
                        "test")));
    }

    private static FlinkDoor awaitDoor(FlinkProcess flink) throws IOException, InterruptedException {
        Await.until("Flink starts", TIMEOUT, () -> {
            try {
                return flink.door().pid() > 0;
            } catch (IOException e) {
                return false;
            }
        });
        return flink.door();
    }

    private void deliver(NodeProcess node, FlinkProxy proxy, Cluster cluster, Random random) throws Exception {
        try (ObjectStore store = node.store();
                KinesisClient kinesis = node.aws().kinesis();
                FirehoseClient firehose = node.aws().firehose();
                Connection warehouse = WarehouseTable.connect(node.connections().warehouse());
                Watch watch = new Watch(cluster)) {
            store.ensureBucket(Deliveries.BUCKET);
            WarehouseTable rows = WarehouseTable.create(warehouse, "numbers");
            String arn = Aws.createStream(kinesis, "numbers", 1);
            proxy.faults(new Faults(random)::next);
            Deliveries.lines(firehose, "objects", arn);
            Deliveries.warehouse(firehose, "rows", node.connections().warehouse(), rows.name(), arn);
            startAndDelete(firehose, proxy);
            DeliveredObjects objects = new DeliveredObjects(store, Deliveries.BUCKET, "objects/", directory);
            Numbers numbers = new Numbers("numbers", 10, Deliveries.into(kinesis, "numbers"));
            try (numbers) {
                awaitMore(objects, rows);
                for (int i = 0; i < CANCELLATIONS; i++) {
                    proxy.faults(new Faults(random)::next);
                    cluster.cancelAll();
                    awaitMore(objects, rows);
                }
            }
            Await.until("held back calls", TIMEOUT, proxy::isIdle);
            Set<Long> all = new TreeSet<>(numbers.acknowledged());
            Await.until("objects", TIMEOUT, () -> objects.counts().keySet().containsAll(all));
            Await.until("rows", TIMEOUT, () -> rows.ids().containsAll(all));
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);

            System.out.println(proxy.submissions() + " submissions, " + all.size() + " records");
            assertThat(all).as("acknowledged").hasSize((int) numbers.tried());
            assertThat(records(kinesis)).as("records of the stream").isEqualTo(all.size());
            Map<Long, Long> once = new TreeMap<>();
            all.forEach(number -> once.put(number, 1L));
            assertThat(objects.counts()).as("in objects").isEqualTo(once);
            assertThat(rows.rows()).as("rows of the warehouse").isEqualTo(all.size());
            assertThat(rows.ids()).isEqualTo(all);
            assertThat(store.list(Deliveries.BUCKET, "errors/")).isEmpty();
            assertThat(watch.doubled)
                    .as("jobs that ran beside one of their name")
                    .isEmpty();
            assertThat(cluster.running())
                    .as("jobs at the end")
                    .containsExactlyInAnyOrder("delivery objects", "delivery rows");
        }
    }

    /** A delivery whose submission arrives when the delivery is gone. */
    private static void startAndDelete(FirehoseClient firehose, FlinkProxy proxy) throws Exception {
        int before = proxy.submissions();
        Deliveries.plain(firehose, GONE);
        Await.until("a submission", TIMEOUT, () -> proxy.submissions() > before);
        firehose.deleteDeliveryStream(request -> request.deliveryStreamName(GONE));
    }

    /** Each job meets several faults in a row, and then none. */
    private static final class Faults {
        private final Random random;
        private final Map<String, List<Fault>> left = new ConcurrentHashMap<>();

        Faults(Random random) {
            this.random = random;
        }

        synchronized Fault next(String job) {
            if (job.contains(" " + GONE + " ")) {
                return Fault.late(LATE_MILLIS);
            }
            List<Fault> faults = left.computeIfAbsent(job, any -> draw());
            return faults.isEmpty() ? Fault.NONE : faults.remove(0);
        }

        /** First what leaves the node without a job, so that it asks again while an earlier call is still on its way. */
        private List<Fault> draw() {
            List<Fault> first = new ArrayList<>(List.of(Fault.lost(), Fault.late(1 + random.nextInt(LATE_MILLIS))));
            List<Fault> then = new ArrayList<>(List.of(
                    Fault.lostAnswer(),
                    Fault.repeated(),
                    Fault.slow(random.nextInt(LATE_MILLIS), random.nextInt(LATE_MILLIS))));
            if (LONG) {
                first.add(Fault.slow(BEYOND_PATIENCE_MILLIS, 0));
                then.add(Fault.slow(0, BEYOND_PATIENCE_MILLIS));
            }
            Collections.shuffle(first, random);
            Collections.shuffle(then, random);
            first.addAll(then);
            return first;
        }
    }

    private static void awaitMore(DeliveredObjects objects, WarehouseTable rows)
            throws IOException, InterruptedException {
        objects.counts();
        int objectsBefore = objects.objects();
        long rowsBefore = rows.rows();
        Await.until("more objects and rows", TIMEOUT, () -> {
            objects.counts();
            return objects.objects() >= objectsBefore + 2 && rows.rows() > rowsBefore;
        });
    }

    private static int records(KinesisClient kinesis) {
        String iterator = kinesis.getShardIterator(request -> request.streamName("numbers")
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        int count = 0;
        while (true) {
            String next = iterator;
            GetRecordsResponse answer = kinesis.getRecords(request -> request.shardIterator(next));
            count += answer.records().size();
            if (answer.records().isEmpty() && answer.millisBehindLatest() == 0) {
                return count;
            }
            iterator = answer.nextShardIterator();
        }
    }

    /** What Flink itself says, past the proxy. */
    private record Cluster(FlinkDoor door, HttpClient http) {
        Cluster(FlinkDoor door) {
            this(door, HttpClient.newHttpClient());
        }

        private static final Set<String> ENDED = Set.of("CANCELED", "FAILED", "FINISHED");

        private JsonNode jobs() throws IOException, InterruptedException {
            return JsonMapper.shared()
                    .readTree(call("GET", "/v1/jobs/overview"))
                    .path("jobs");
        }

        private List<String> listed(String field, Predicate<String> state) throws IOException, InterruptedException {
            List<String> found = new ArrayList<>();
            for (JsonNode job : jobs()) {
                if (state.test(job.path("state").asString())) {
                    found.add(job.path(field).asString());
                }
            }
            return found;
        }

        /** Returns the names of the jobs that have not ended. */
        List<String> running() throws IOException, InterruptedException {
            return listed("name", state -> !ENDED.contains(state));
        }

        /** Ends all jobs, as a user of Flink may; the node starts them again. */
        void cancelAll() throws IOException, InterruptedException {
            for (String job : listed("jid", state -> !ENDED.contains(state))) {
                call("PATCH", "/v1/jobs/" + job + "?mode=cancel");
            }
        }

        private byte[] call(String method, String path) throws IOException, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(URI.create(door.restUrl() + path))
                    .header("Authorization", "Bearer " + door.secret())
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .timeout(Duration.ofSeconds(30))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
        }
    }

    /** Looks for two jobs of one name, again and again. */
    private static final class Watch implements Closeable {
        private static final int PAUSE_MILLIS = 200;

        private final Set<String> doubled = ConcurrentHashMap.newKeySet();
        private final Thread thread;

        Watch(Cluster cluster) {
            thread = new Thread(() -> run(cluster), "watch");
            thread.setDaemon(true);
            thread.start();
        }

        private void run(Cluster cluster) {
            try {
                while (true) {
                    try {
                        List<String> running = cluster.running();
                        running.stream()
                                .filter(name -> Collections.frequency(running, name) > 1)
                                .forEach(doubled::add);
                    } catch (IOException e) {
                        // asked again
                    }
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
