package io.millrace.ingest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Reads a stream from its beginning, every shard after all of its parents, as a well-behaved consumer does. */
final class ShardLineageReader {
    private final KinesisClient client;
    private final String stream;
    private final Map<String, String> iterators = new HashMap<>();
    private final Set<String> finished = new HashSet<>();
    private final Map<String, List<Seen>> seen = new HashMap<>();

    /** A record that was read. */
    record Seen(BigInteger number, String data) {}

    ShardLineageReader(KinesisClient client, String stream) {
        this.client = client;
        this.stream = stream;
        for (Shard shard : client.listShards(
                        r -> r.streamName(stream).shardFilter(f -> f.type(ShardFilterType.AT_TRIM_HORIZON)))
                .shards()) {
            begin(shard.shardId());
        }
    }

    private void begin(String shard) {
        iterators.put(
                shard,
                client.getShardIterator(r ->
                                r.streamName(stream).shardId(shard).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                        .shardIterator());
    }

    /** Reads once from every shard that is open to it. Returns whether there was anything new. */
    boolean readOn() {
        boolean anything = false;
        for (String shard : List.copyOf(iterators.keySet())) {
            String iterator = iterators.get(shard);
            GetRecordsResponse response = client.getRecords(r -> r.shardIterator(iterator));
            for (Record record : response.records()) {
                seen.computeIfAbsent(record.partitionKey(), key -> new ArrayList<>())
                        .add(new Seen(
                                new BigInteger(record.sequenceNumber()),
                                record.data().asUtf8String()));
            }
            anything |= !response.records().isEmpty() || response.nextShardIterator() == null;
            if (response.nextShardIterator() == null) {
                iterators.remove(shard);
                finished.add(shard);
                for (ChildShard child : response.childShards()) {
                    if (finished.containsAll(child.parentShards())) {
                        begin(child.shardId());
                    }
                }
            } else {
                iterators.put(shard, response.nextShardIterator());
            }
        }
        return anything;
    }

    void readToTheEnd() {
        boolean more = true;
        while (more) {
            more = readOn();
        }
    }

    Map<String, List<Seen>> byKey() {
        return seen;
    }

    int shardsRead() {
        return finished.size() + iterators.size();
    }
}
