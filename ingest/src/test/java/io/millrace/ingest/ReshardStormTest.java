package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;

/**
 * Shards are split and merged at random while writers write. Whoever reads parents before their children finds the records
 * of each partition key in the order of their acknowledgement, every one and none twice, with growing sequence numbers.
 */
@Timeout(180)
class ReshardStormTest {
    private static final int WRITERS = 4;
    private static final int KEYS_A_WRITER = 25;
    private static final int MOST_SHARDS = 12;
    private static final int RESHARDS = 100;
    private static final int RESHARDS_A_KILL = 8;
    private static final int KILLS = 3;

    @TempDir
    Path directory;

    private final Map<String, List<BigInteger>> acknowledged = new ConcurrentHashMap<>();
    private final Set<String> sent = ConcurrentHashMap.newKeySet();
    private final Queue<Throwable> defects = new ConcurrentLinkedQueue<>();
    private volatile boolean writing;

    @AfterEach
    void endWriters() {
        writing = false;
    }

    @Test
    void nothingIsLostTwiceOrOutOfOrderWhileShardsAreSplitAndMerged() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.to(server.port())) {
            String stream = Clients.createStream(client, 2);
            List<Thread> writers = startWriters(client, stream, 0);
            ShardLineageReader reader = new ShardLineageReader(client, stream);
            Random random = new Random(seed);
            for (int i = 0; i < RESHARDS; i++) {
                reshard(client, stream, random);
                Clients.awaitActive(client, stream);
                reader.readOn();
            }
            stop(writers);
            reader.readToTheEnd();
            check(reader, seed);
            assertThat(reader.shardsRead()).isGreaterThan(RESHARDS);
        }
    }

    @Test
    void nothingIsLostTwiceOrOutOfOrderWhenTheNodeIsKilledWhileShardsAreSplitAndMerged() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        String stream = "";
        for (int kill = 0; kill <= KILLS; kill++) {
            try (NodeProcess node = NodeProcess.start(directory);
                    KinesisClient client = Clients.to(node.port())) {
                if (kill == 0) {
                    stream = Clients.createStream(client, 2);
                }
                Clients.awaitActive(client, stream); // a reshard that was under way is finished
                if (kill == KILLS) {
                    ShardLineageReader reader = new ShardLineageReader(client, stream);
                    reader.readToTheEnd();
                    check(reader, seed);
                    return;
                }
                List<Thread> writers = startWriters(client, stream, kill);
                for (int i = 0; i < RESHARDS_A_KILL; i++) {
                    Clients.awaitActive(client, stream);
                    reshard(client, stream, random);
                }
                TimeUnit.MILLISECONDS.sleep(random.nextInt(80)); // in the middle of the last one, or just behind it
                node.kill();
                stop(writers);
            }
        }
    }

    private static void reshard(KinesisClient client, String stream, Random random) {
        List<Shard> open = client
                .listShards(r -> r.streamName(stream).shardFilter(f -> f.type(ShardFilterType.AT_LATEST)))
                .shards()
                .stream()
                .sorted(Comparator.comparing(ReshardStormTest::start))
                .toList();
        int place = random.nextInt(open.size());
        if (open.size() == 1 || (open.size() < MOST_SHARDS && random.nextBoolean())) {
            Shard shard = open.get(place);
            BigInteger width = new BigInteger(shard.hashKeyRange().endingHashKey()).subtract(start(shard));
            BigInteger at = start(shard).add(width.shiftRight(1)).add(BigInteger.TWO);
            client.splitShard(
                    r -> r.streamName(stream).shardToSplit(shard.shardId()).newStartingHashKey(at.toString()));
        } else {
            int left = Math.min(place, open.size() - 2);
            client.mergeShards(r -> r.streamName(stream)
                    .shardToMerge(open.get(left).shardId())
                    .adjacentShardToMerge(open.get(left + 1).shardId()));
        }
    }

    private static BigInteger start(Shard shard) {
        return new BigInteger(shard.hashKeyRange().startingHashKey());
    }

    private List<Thread> startWriters(KinesisClient client, String stream, int round) {
        writing = true;
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            String name = "w%d.%d".formatted(round, i);
            Thread writer = new Thread(() -> write(client, stream, name), name);
            writer.setDaemon(true);
            writers.add(writer);
            writer.start();
        }
        return writers;
    }

    private void stop(List<Thread> writers) throws InterruptedException {
        writing = false;
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(defects).isEmpty();
    }

    /** Each call has one record for each key, so that there is never more than one of a key under way. */
    private void write(KinesisClient client, String stream, String writer) {
        try {
            for (int n = 0; writing; n++) {
                List<PutRecordsRequestEntry> entries = new ArrayList<>();
                for (int k = 0; k < KEYS_A_WRITER; k++) {
                    String key = writer + "-" + k;
                    sent.add(key + " " + n);
                    entries.add(PutRecordsRequestEntry.builder()
                            .partitionKey(key)
                            .data(SdkBytes.fromUtf8String(key + " " + n))
                            .build());
                }
                PutRecordsResponse response =
                        client.putRecords(r -> r.streamName(stream).records(entries));
                for (int k = 0; k < KEYS_A_WRITER; k++) {
                    PutRecordsResultEntry entry = response.records().get(k);
                    acknowledged
                            .computeIfAbsent(writer + "-" + k, key -> new ArrayList<>())
                            .add(new BigInteger(entry.sequenceNumber()));
                }
            }
        } catch (SdkException e) {
            if (writing && e.getCause() == null) {
                defects.add(e); // an answer, not the end of the node
            }
        } catch (RuntimeException | Error e) {
            defects.add(e);
        }
    }

    private void check(ShardLineageReader reader, long seed) {
        Map<String, List<ShardLineageReader.Seen>> seen = reader.byKey();
        for (Map.Entry<String, List<BigInteger>> expected : acknowledged.entrySet()) {
            String key = expected.getKey();
            List<ShardLineageReader.Seen> found = seen.getOrDefault(key, List.of());
            Set<BigInteger> numbers = new HashSet<>();
            BigInteger last = BigInteger.ZERO;
            int next = 0;
            for (ShardLineageReader.Seen record : found) {
                if (record.number().compareTo(last) <= 0 || !record.data().equals(key + " " + next)) {
                    throw new AssertionError("seed %d, key %s: after %d records with %s there came %s"
                            .formatted(seed, key, next, last, record));
                }
                last = record.number();
                numbers.add(last);
                next++;
            }
            if (!sent.contains(key + " " + (next - 1)) || !numbers.containsAll(expected.getValue())) {
                throw new AssertionError("seed %d, key %s: %d records were read of %d acknowledged"
                        .formatted(seed, key, next, expected.getValue().size()));
            }
        }
        assertThat(acknowledged).isNotEmpty();
    }
}
