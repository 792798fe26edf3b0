package io.millrace.ingest.streams;

import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.streams.Resharding.Replacement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Splits and merges shards while puts and reads go on.
 *
 * <p>A replacement becomes visible and durable at once, by one document: before it the parents take the puts, after it
 * the children do and the parents have an end. In between nobody may append: puts wait at the {@link ShardMap} for as
 * long as those under way and the document take. So no record comes to a parent after its end, and a child's records
 * are newer than all of its parents', in the order of sequence numbers too, since those begin with the second of
 * creation.
 *
 * <p>One thread at a time works on a stream: the one that has made it UPDATING.
 */
final class Resharder {
    private final Streams streams;
    private final ShardLog log;
    private final InstantSource clock;

    Resharder(Streams streams, ShardLog log, InstantSource clock) {
        this.streams = streams;
        this.log = log;
        this.clock = clock;
    }

    /** Does all that is to be done to a stream's shards. Blocks until puts under way are done. */
    void run(StreamKey key) {
        List<Replacement> round = nextRound(streams.get(key));
        while (!round.isEmpty()) {
            replace(streams.get(key), round);
            round = nextRound(streams.get(key));
        }
        streams.change(key, stream -> stream.with(draft -> draft.resharding = null));
    }

    private static List<Replacement> nextRound(Stream stream) {
        Resharding wanted = stream.resharding();
        if (wanted == null || stream.status() == StreamStatus.DELETING) {
            return List.of();
        }
        Integer target = wanted.targetShards();
        return target != null
                ? ReshardingPlan.nextRound(stream.openShards(), target)
                : wanted.replacements().stream()
                        .filter(replacement ->
                                replacement.parents().stream().allMatch(parent -> isOpen(stream, parent)))
                        .toList();
    }

    private static boolean isOpen(Stream stream, int index) {
        ShardInfo shard = stream.shardAt(index);
        return shard != null && shard.isOpen();
    }

    private void replace(Stream stream, List<Replacement> round) {
        int children = round.stream()
                .mapToInt(replacement -> replacement.children().size())
                .sum();
        long firstLogNumber = streams.reserveLogNumbers(children);
        ShardMap retired = streams.retireMap(stream);
        try {
            streams.change(stream.key(), now -> {
                List<ShardInfo> shards = replaced(now.shards(), round, firstLogNumber);
                return now.with(draft -> draft.shards = shards);
            });
        } finally {
            streams.renewMap(stream.key(), retired);
        }
        streams.wakeReaders(stream.shards());
    }

    private List<ShardInfo> replaced(List<ShardInfo> shards, List<Replacement> round, long firstLogNumber) {
        long now = clock.millis();
        Map<Integer, ShardInfo> parents = new HashMap<>();
        for (ShardInfo shard : shards) {
            parents.put(shard.index(), shard);
        }
        List<ShardInfo> children = new ArrayList<>();
        int nextIndex = shards.get(shards.size() - 1).index() + 1; // the newest shard is open, and never forgotten
        for (Replacement replacement : round) {
            int first = replacement.parents().get(0);
            Integer second =
                    replacement.parents().size() > 1 ? replacement.parents().get(1) : null;
            long createdSecond = now / 1000;
            for (int parent : replacement.parents()) {
                ShardInfo closing = parents.get(parent);
                if (closing == null) {
                    throw new IllegalStateException(String.format(Locale.ROOT, "shard %d: is not there", parent));
                }
                createdSecond = Math.max(createdSecond, closing.createdSecond() + 1);
                parents.put(parent, closing.closed(log.endOffset(closing.logNumber()), now));
            }
            for (HashKeyRange range : replacement.children()) {
                int place = children.size();
                children.add(new ShardInfo(
                        nextIndex + place, firstLogNumber + place, range, createdSecond, now, first, second, null));
            }
        }
        List<ShardInfo> all = new ArrayList<>(shards.size() + children.size());
        shards.forEach(shard -> all.add(parents.getOrDefault(shard.index(), shard)));
        all.addAll(children);
        return all;
    }
}
