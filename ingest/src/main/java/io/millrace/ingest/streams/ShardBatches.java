package io.millrace.ingest.streams;

import io.millrace.ingest.log.ShardBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records sorted into one batch for each shard that lets them in, with their data copied once, to where the log keeps
 * it. Confined to one thread until the batches are appended; read-only afterwards.
 */
final class ShardBatches {
    private @Nullable RecordSource source; // let go once its records are copied: it holds the request
    private final ShardMap map;
    private final int[] batchOf;
    private final int[] placeInBatch;
    private final List<Plan> plans = new ArrayList<>();
    private int refused;
    private long bytes;
    private int[] table; // place of a shard to the number of its plan: open addressing, at most half full

    /** What will be in a batch. */
    private static final class Plan {
        private final int place;
        private int records;
        private long bytes;

        Plan(int place) {
            this.place = place;
        }
    }

    ShardBatches(ShardMap map, RecordSource source, Distribution distribution) {
        this.map = map;
        this.source = source;
        int count = source.count();
        this.batchOf = new int[count];
        this.placeInBatch = new int[count];
        this.table = new int[Integer.highestOneBit(Math.max(4, count)) * 4];
        int next = distribution == Distribution.AUTO ? map.nextPlace(count) : -1;
        for (int i = 0; i < count; i++) {
            int recordBytes = source.keyLength(i) + source.dataLength(i);
            int place;
            if (next < 0) {
                place = admitted(map.placeOf(hashKey(source, i)), recordBytes);
            } else {
                place = admittedFrom(next, recordBytes);
                next = map.placeAfter(next);
            }
            if (place >= 0) {
                int number = planFor(place);
                Plan plan = plans.get(number);
                batchOf[i] = number;
                placeInBatch[i] = plan.records++;
                plan.bytes += recordBytes;
            } else {
                batchOf[i] = place;
                refused++;
            }
        }
        table = new int[0];
        for (Plan plan : plans) {
            map.traffic(plan.place).count(plan.records, plan.bytes);
            bytes += plan.bytes;
        }
    }

    /** Returns the place of a shard if it lets a record in, else -1 less that place. */
    private int admitted(int place, int recordBytes) {
        return map.traffic(place).admit(recordBytes) ? place : -1 - place;
    }

    /** As {@link #admitted}, for the first shard that lets the record in, from a place on. */
    private int admittedFrom(int first, int recordBytes) {
        int found = admitted(first, recordBytes);
        for (int place = map.placeAfter(first); found < 0 && place != first; place = map.placeAfter(place)) {
            found = admitted(place, recordBytes);
        }
        return found;
    }

    private static HashKey hashKey(RecordSource source, int record) {
        HashKey explicit = source.explicitHashKey(record);
        return explicit != null
                ? explicit
                : HashKey.ofPartitionKey(source.keyArray(record), source.keyOffset(record), source.keyLength(record));
    }

    private int planFor(int place) {
        int mask = table.length - 1;
        int slot = place & mask;
        while (table[slot] != 0) {
            int number = table[slot] - 1;
            if (plans.get(number).place == place) {
                return number;
            }
            slot = (slot + 1) & mask;
        }
        plans.add(new Plan(place));
        table[slot] = plans.size();
        return plans.size() - 1;
    }

    /** Makes the batches, to be encrypted at rest under a key if one is given. */
    List<ShardBatch> fill(@Nullable String keyId) {
        RecordSource records = source;
        if (records == null) {
            throw new IllegalStateException("the batches were made before");
        }
        source = null;
        List<ShardBatch> batches = new ArrayList<>(plans.size());
        for (Plan plan : plans) {
            batches.add(new ShardBatch(map.shard(plan.place).logNumber(), plan.records, plan.bytes, keyId));
        }
        for (int i = 0; i < batchOf.length; i++) {
            if (batchOf[i] >= 0) {
                ShardBatch batch = batches.get(batchOf[i]);
                int at = batch.add(
                        records.keyArray(i), records.keyOffset(i), records.keyLength(i), records.dataLength(i));
                records.copyData(i, batch.array(), at);
            }
        }
        return batches;
    }

    int recordCount() {
        return batchOf.length;
    }

    /** Returns the bytes of keys and data that were let in. */
    long bytes() {
        return bytes;
    }

    /** Returns how many records their shards did not let in. */
    int refusedCount() {
        return refused;
    }

    boolean isRefused(int record) {
        return batchOf[record] < 0;
    }

    /** Returns the batch of a record that is not refused. */
    int batchOf(int record) {
        return batchOf[record];
    }

    int placeInBatch(int record) {
        return placeInBatch[record];
    }

    /** Returns the shard that a record goes to, or would have gone to. */
    ShardInfo shardOf(int record) {
        int batch = batchOf[record];
        return map.shard(batch < 0 ? -1 - batch : plans.get(batch).place);
    }
}
