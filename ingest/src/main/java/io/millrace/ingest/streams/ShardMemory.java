package io.millrace.ingest.streams;

import io.millrace.durable.memory.MemoryPlan;
import io.millrace.protocol.api.ServiceException;
import java.util.Collection;

/**
 * How many shards fit into the memory of a node, whatever quotas are enforced: the description of every shard is held
 * in memory and written as a part of its stream's document. Immutable.
 *
 * @param mostShards of all streams of the node, closed ones included
 */
record ShardMemory(long mostShards) {
    /** An estimate: a shard, its place in the maps, and its part of the document while that is written or read. */
    private static final long BYTES_PER_SHARD = 1024;

    /** Allows what the plan has for shards. */
    static ShardMemory of(MemoryPlan plan) {
        return new ShardMemory(plan.bytes(MemoryPlan.Share.SHARDS) / BYTES_PER_SHARD);
    }

    /** @throws ServiceException if the node has no memory for so many shards more */
    void refuse(Collection<Stream> all, StreamKey key, int additional) {
        long held = 0;
        for (Stream stream : all) {
            held += stream.shards().size();
        }
        if (held + additional > mostShards) {
            throw StreamErrors.limitExceeded("This request would exceed the memory of this node: it holds " + held
                    + " shards, has room for " + mostShards + ", and " + additional + " more are asked for for stream "
                    + key.name() + " under account " + key.namespace().account()
                    + ". Give the node a larger heap, or delete streams.");
        }
    }
}
