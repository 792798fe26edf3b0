package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.StoredAccessKeys;
import io.millrace.server.node.NodeKeys;
import io.millrace.server.node.StartException;
import io.millrace.server.storage.ObjectStore;
import io.millrace.server.storage.StoredObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;

/**
 * What a node has acknowledged in every service over several lives, and the check that all of it is there, once.
 *
 * <p>An acknowledgement that comes after {@link #stopBelieving} does not count: with the power the process would have gone.
 * Thread-safe.
 */
final class AcknowledgedState {
    static final String STREAM = "numbers";
    static final String CAMERA = "camera";
    static final String DATABASE = "lake";
    private static final int RECORDS_PER_PUT = 20;
    private static final int OBJECT_BYTES = 30_000;

    private final Path scratch;
    private final Set<String> records = ConcurrentHashMap.newKeySet();
    private final Set<String> tables = ConcurrentHashMap.newKeySet();
    private final Set<String> streams = ConcurrentHashMap.newKeySet();
    private final Set<String> deliveries = ConcurrentHashMap.newKeySet();
    private final Set<String> keys = ConcurrentHashMap.newKeySet();
    private final Set<String> objects = ConcurrentHashMap.newKeySet();
    private final Set<String> tried = ConcurrentHashMap.newKeySet();
    private final Set<String> fragments = ConcurrentHashMap.newKeySet();
    private final AtomicInteger steps = new AtomicInteger();
    private int next;
    private volatile boolean believing;

    /** @param scratch not on the file system under test */
    AcknowledgedState(Path scratch) {
        this.scratch = scratch;
    }

    void believe() {
        believing = true;
    }

    void stopBelieving() {
        believing = false;
    }

    boolean isBelieving() {
        return believing;
    }

    void fragmentPersisted(String number) {
        note(fragments, number);
    }

    private void note(Set<String> acknowledged, String name) {
        if (believing) {
            acknowledged.add(name);
        }
    }

    /** Makes what everything else goes into, unless an earlier life has. */
    void prepare(NodeProcess node) throws IOException, InterruptedException {
        try (KinesisClient kinesis = node.aws().kinesis();
                GlueClient glue = node.aws().glue();
                KinesisVideoClient video = node.aws().video();
                ObjectStore store = node.store()) {
            if (streams.add(STREAM)) {
                Aws.createStream(kinesis, STREAM, 2);
                glue.createDatabase(request -> request.databaseInput(database -> database.name(DATABASE)));
                video.createStream(request -> request.streamName(CAMERA).dataRetentionInHours(24));
            }
            store.ensureBucket(DATABASE);
        }
    }

    /** Puts and creates one thing of each kind. @throws RuntimeException when the node has gone */
    void step(NodeProcess node) throws IOException {
        int number = ++next;
        try (KinesisClient kinesis = node.aws().kinesis();
                GlueClient glue = node.aws().glue();
                FirehoseClient firehose = node.aws().firehose();
                ObjectStore store = node.store()) {
            put(kinesis, number);
            putObject(store, "object-" + number);
            String table = "table-" + number;
            glue.createTable(request -> request.databaseName(DATABASE).tableInput(input -> input.name(table)));
            note(tables, table);
            addKey(node.directory(), "AKIATEST" + (100_000_000_000L + number));
            put(kinesis, ++next);
            if (number % 3 == 0) {
                String name = "stream-" + number;
                kinesis.createStream(request -> request.streamName(name).shardCount(1));
                note(streams, name);
                String delivery = "delivery-" + number;
                Deliveries.request(firehose, delivery);
                note(deliveries, delivery);
            }
        }
        steps.incrementAndGet();
    }

    /** Returns how often one thing of each kind was put or created. Counted by one thread. */
    int steps() {
        return steps.get();
    }

    private void addKey(Path data, String id) throws IOException {
        try {
            NodeKeys.ofDirectory(data)
                    .add(new AccessKey(id, "a-secret-of-forty-characters-or-nearly-so", "000000000000", ""));
            note(keys, id);
        } catch (StartException e) {
            throw new IOException(e);
        }
    }

    private void put(KinesisClient kinesis, int number) {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < RECORDS_PER_PUT; i++) {
            sent.add(number + "-" + i);
        }
        var answer = kinesis.putRecords(request -> request.streamName(STREAM)
                .records(sent.stream()
                        .map(text -> PutRecordsRequestEntry.builder()
                                .partitionKey(text)
                                .data(SdkBytes.fromUtf8String(text))
                                .build())
                        .toList()));
        for (int i = 0; i < sent.size(); i++) {
            if (answer.records().get(i).errorCode() == null) {
                note(records, sent.get(i));
            }
        }
    }

    private void putObject(ObjectStore store, String key) throws IOException {
        Path content = scratch.resolve("object");
        Files.writeString(content, contentOf(key));
        tried.add(key);
        store.put(DATABASE, key, content);
        note(objects, key);
    }

    private static String contentOf(String key) {
        return (key + "\n").repeat(OBJECT_BYTES / key.length());
    }

    /** Checks a node that has started again. */
    void check(NodeProcess node) throws Exception {
        if (!streams.contains(STREAM)) {
            return;
        }
        try (KinesisClient kinesis = node.aws().kinesis();
                GlueClient glue = node.aws().glue();
                FirehoseClient firehose = node.aws().firehose();
                KinesisVideoArchivedMediaClient media = node.aws().archivedMedia();
                ObjectStore store = node.store()) {
            for (String stream : streams) {
                kinesis.describeStreamSummary(request -> request.streamName(stream));
            }
            List<String> read = read(kinesis);
            assertThat(read).doesNotHaveDuplicates().containsAll(records);
            for (String table : tables) {
                glue.getTable(request -> request.databaseName(DATABASE).name(table));
            }
            for (String delivery : deliveries) {
                firehose.describeDeliveryStream(request -> request.deliveryStreamName(delivery));
            }
            assertThat(StoredAccessKeys.open(node.directory().resolve("access-keys"), InstantSource.system())
                            .list())
                    .extracting(AccessKey::id)
                    .containsAll(keys);
            checkObjects(store);
            assertThat(fragmentsIn(media)).doesNotHaveDuplicates().containsAll(fragments);
        }
    }

    private static List<String> fragmentsIn(KinesisVideoArchivedMediaClient media) {
        return media
                .listFragmentsPaginator(request -> request.streamName(CAMERA).maxResults(1000L))
                .fragments()
                .stream()
                .map(Fragment::fragmentNumber)
                .toList();
    }

    private void checkObjects(ObjectStore store) throws IOException {
        Set<String> found =
                store.list(DATABASE, "").stream().map(StoredObject::key).collect(Collectors.toSet());
        assertThat(found).containsAll(objects);
        assertThat(tried).containsAll(found);
        Path copy = scratch.resolve("copy");
        for (String key : found) {
            Files.deleteIfExists(copy);
            store.download(DATABASE, key, copy);
            assertThat(copy).as(key).hasContent(contentOf(key));
        }
    }

    private static List<String> read(KinesisClient kinesis) {
        List<String> read = new ArrayList<>();
        for (var shard :
                kinesis.listShards(request -> request.streamName(STREAM)).shards()) {
            String iterator = kinesis.getShardIterator(request -> request.streamName(STREAM)
                            .shardId(shard.shardId())
                            .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                    .shardIterator();
            boolean more = true;
            while (more) {
                String from = iterator;
                var page = kinesis.getRecords(request -> request.shardIterator(from));
                page.records().forEach(record -> read.add(record.data().asUtf8String()));
                iterator = page.nextShardIterator();
                more = !page.records().isEmpty();
            }
        }
        return read;
    }

    @Override
    public String toString() {
        return records.size() + " records, " + fragments.size() + " fragments, " + objects.size() + " objects, "
                + tables.size() + " tables, " + streams.size() + " streams, " + deliveries.size() + " deliveries, "
                + keys.size() + " keys";
    }
}
