package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.storage.ObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;
import tools.jackson.databind.json.JsonMapper;

/** Ends a node in order and starts it again on the same directory: everything goes on. */
@Timeout(240)
class RestartIT {
    private static final Duration RESULT_TIMEOUT = Duration.ofSeconds(60);
    private static final String ONLY_SHARD = "shardId-000000000000";
    private static final String FILTER = """
            CREATE TABLE numbers (id BIGINT, text STRING) WITH (
              'connector' = 'kinesis', 'stream' = 'numbers', 'source.init.position' = 'TRIM_HORIZON', 'format' = 'json');
            CREATE TABLE even (id BIGINT) WITH ('connector' = 'kinesis', 'stream' = 'even', 'format' = 'json');
            INSERT INTO even SELECT id FROM numbers WHERE MOD(id, 2) = 0;
            """;

    @TempDir
    Path directory;

    @Test
    void streamsApplicationsDeliveriesAndVideoGoOnWhereTheyWere() throws Exception {
        NodeProcess node =
                NodeProcess.start(directory.resolve("data"), "--no-warehouse").awaitReady();
        try (ObjectStore store = node.store();
                KinesisClient kinesis = node.aws().kinesis();
                FirehoseClient firehose = node.aws().firehose()) {
            store.ensureBucket(Deliveries.BUCKET);
            DeliveredObjects delivered = new DeliveredObjects(store, Deliveries.BUCKET, "plain/", directory);
            Aws.createStream(kinesis, "numbers", 1);
            Aws.createStream(kinesis, "even", 1);
            Deliveries.plain(firehose, "plain");
            Path script = Files.writeString(directory.resolve("filter.sql"), FILTER);
            String[] run = {"sql", "--data-dir", node.directory().toString(), script.toString()};
            assertThat(Cli.run(run).out()).contains("application filter.sql runs as job");
            put(kinesis, firehose, 0, 100);
            Await.until(
                    "the first are filtered",
                    RESULT_TIMEOUT,
                    () -> evens(kinesis).size() >= 50);
            Await.until(
                    "the first are delivered",
                    RESULT_TIMEOUT,
                    () -> delivered.counts().size() == 100);
            List<Record> before = read(kinesis, "numbers");
            String iterator = iteratorAfter(kinesis, before.get(59));
            List<String> fragments = upload(node, true);
            put(kinesis, firehose, 100, 200); // some of these are on their way when the node ends

            assertThat(node.stop()).isZero();
            assertThat(node.leftChildren()).isEmpty();
            node = node.again().awaitReady();
            put(kinesis, firehose, 200, 300);

            assertRecordsGoOn(kinesis, before, iterator);
            assertThat(Cli.run(run).out()).contains("application filter.sql is running already, as job");
            Await.until("all are filtered", RESULT_TIMEOUT, () -> evens(kinesis).size() >= 150);
            Await.until(
                    "all are delivered",
                    RESULT_TIMEOUT,
                    () -> delivered.counts().size() == 300);
            TimeUnit.SECONDS.sleep(3); // longer than a buffer, a checkpoint and a commit take
            assertThat(delivered.counts()).isEqualTo(eachOnce(LongStream.range(0, 300)));
            assertNothingIsSkipped(evens(kinesis));
            assertThat(upload(node, false)).containsAll(fragments).hasSizeGreaterThan(fragments.size());
        } finally {
            node.close();
        }
    }

    private static void assertRecordsGoOn(KinesisClient kinesis, List<Record> before, String iterator) {
        List<Record> all = read(kinesis, "numbers");
        assertThat(all.subList(0, before.size())).isEqualTo(before);
        assertThat(all.stream().map(RestartIT::id)).containsExactlyElementsOf(range(0, 300));
        assertThat(all.stream().map(Record::sequenceNumber).toList()).isSorted().doesNotHaveDuplicates();
        assertThat(kinesis.getRecords(request -> request.shardIterator(iterator))
                        .records())
                .as("an iterator of before the restart")
                .isEqualTo(all.subList(60, 300));
    }

    /** The sink of an application writes at least once: what it wrote after its last checkpoint it writes again. */
    private static void assertNothingIsSkipped(Map<Long, Long> evens) {
        assertThat(evens.keySet())
                .containsExactlyElementsOf(
                        range(0, 300).stream().filter(id -> id % 2 == 0).toList());
        long again = evens.values().stream().mapToLong(count -> count - 1).sum();
        assertThat(again).as("records written again").isLessThanOrEqualTo(50);
    }

    private static void put(KinesisClient kinesis, FirehoseClient firehose, long from, long until) {
        assertThat(Deliveries.into(kinesis, "numbers").put(range(from, until))).hasSize((int) (until - from));
        assertThat(Deliveries.into(firehose, "plain").put(range(from, until))).hasSize((int) (until - from));
    }

    private static List<Long> range(long from, long until) {
        return LongStream.range(from, until).boxed().toList();
    }

    private static Map<Long, Long> eachOnce(LongStream ids) {
        return new TreeMap<>(ids.boxed().collect(Collectors.toMap(id -> id, id -> 1L)));
    }

    /** Returns how often each number is in the stream of even ones. */
    private static Map<Long, Long> evens(KinesisClient kinesis) {
        return read(kinesis, "even").stream()
                .collect(Collectors.groupingBy(RestartIT::id, TreeMap::new, Collectors.counting()));
    }

    private static long id(Record record) {
        return JsonMapper.shared()
                .readTree(record.data().asByteArrayUnsafe())
                .path("id")
                .asLong();
    }

    private static String iteratorAfter(KinesisClient kinesis, Record record) {
        return kinesis.getShardIterator(request -> request.streamName("numbers")
                        .shardId(ONLY_SHARD)
                        .shardIteratorType(ShardIteratorType.AFTER_SEQUENCE_NUMBER)
                        .startingSequenceNumber(record.sequenceNumber()))
                .shardIterator();
    }

    private static List<Record> read(KinesisClient kinesis, String stream) {
        String iterator = kinesis.getShardIterator(request -> request.streamName(stream)
                        .shardId(ONLY_SHARD)
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        GetRecordsResponse response = kinesis.getRecords(request -> request.shardIterator(iterator));
        return response.records();
    }

    /** Puts the sample video as a camera does, a new stream first. Returns the numbers of all fragments stored. */
    private static List<String> upload(NodeProcess node, boolean first) throws Exception {
        try (KinesisVideoClient video = node.aws().video();
                KinesisVideoArchivedMediaClient media = node.aws().archivedMedia()) {
            if (first) {
                video.createStream(request -> request.streamName("door").dataRetentionInHours(24));
            }
            Camera.upload(video, "door");
            return media.listFragments(list -> list.streamName("door")).fragments().stream()
                    .map(Fragment::fragmentNumber)
                    .toList();
        }
    }
}
