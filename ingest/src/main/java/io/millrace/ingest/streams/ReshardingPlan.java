package io.millrace.ingest.streams;

import io.millrace.ingest.streams.Resharding.Replacement;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Works out splits and merges. Stateless.
 *
 * <p>Uniform scaling (API reference, UpdateShardCount) goes in rounds, each of which replaces every shard at most once:
 * first shards are split where one of the wanted ranges begins inside them, then neighbours are merged between which
 * none does. What is left to do follows from the open shards alone, so that it can be interrupted between any two
 * rounds.
 */
final class ReshardingPlan {
    /** Of a wanted range, a thousandth. */
    private static final int TOLERANCE_SHIFT = 10;

    private ReshardingPlan() {}

    /** @throws io.millrace.protocol.api.ServiceException if the key does not lie within the shard */
    static Replacement split(Stream stream, String shardId, String newStartingHashKey) {
        ShardInfo shard = open(stream, shardId);
        refuseKey(stream, shard, newStartingHashKey);
        return splitAt(shard, HashKey.parse(newStartingHashKey));
    }

    static void refuseKey(Stream stream, ShardInfo shard, String newStartingHashKey) {
        HashKeyRange range = shard.range();
        if (!isInside(newStartingHashKey, range)) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    ("NewStartingHashKey %s used in SplitShard() on shard %s in stream %s under account %s is not both"
                            + " greater than one plus the shard's StartingHashKey %s and less than the shard's"
                            + " EndingHashKey %s."),
                    newStartingHashKey,
                    shard.id(),
                    stream.name(),
                    stream.key().namespace().account(),
                    range.start(),
                    range.end()));
        }
    }

    private static boolean isInside(String decimal, HashKeyRange range) {
        BigInteger start = new BigInteger(decimal);
        return start.compareTo(range.start().toBigInteger().add(BigInteger.ONE)) > 0
                && start.compareTo(range.end().toBigInteger()) < 0;
    }

    /** @throws io.millrace.protocol.api.ServiceException if the second does not follow the first */
    static Replacement merge(Stream stream, String shardId, String adjacentShardId) {
        ShardInfo shard = open(stream, shardId);
        ShardInfo adjacent = open(stream, adjacentShardId);
        refuseStrangers(stream, shard, adjacent);
        return join(shard, adjacent);
    }

    static void refuseStrangers(Stream stream, ShardInfo shard, ShardInfo adjacent) {
        if (!shard.range().isFollowedBy(adjacent.range())) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Shards %s and %s in stream %s under account %s are not an adjacent pair of shards eligible for merging",
                    shard.id(),
                    adjacent.id(),
                    stream.name(),
                    stream.key().namespace().account()));
        }
    }

    private static ShardInfo open(Stream stream, String shardId) {
        ShardInfo shard = stream.shard(shardId);
        if (!shard.isOpen()) {
            throw StreamErrors.shardClosed(stream.key(), shardId);
        }
        return shard;
    }

    private static Replacement splitAt(ShardInfo shard, HashKey start) {
        return new Replacement(
                List.of(shard.index()),
                List.of(
                        new HashKeyRange(shard.range().start(), start.previous()),
                        new HashKeyRange(start, shard.range().end())));
    }

    /** Returns the next round on the way to so many shards of the same width; empty when there are. */
    static List<Replacement> nextRound(List<ShardInfo> openShards, int targetShards) {
        NavigableSet<HashKey> present = new TreeSet<>();
        openShards.forEach(shard -> present.add(shard.range().start()));
        NavigableSet<HashKey> wanted = new TreeSet<>();
        HashKeyRange.evenly(targetShards).forEach(range -> wanted.add(snapped(range, present)));
        List<ShardInfo> shards = openShards.stream()
                .sorted(Comparator.comparing(shard -> shard.range().start()))
                .toList();
        List<Replacement> splits = splits(shards, wanted);
        return splits.isEmpty() ? merges(shards, wanted) : splits;
    }

    /**
     * Returns where a range begins, or where a shard does that begins nearly there: a shard of a few keys helps nobody.
     */
    private static HashKey snapped(HashKeyRange range, NavigableSet<HashKey> present) {
        BigInteger start = range.start().toBigInteger();
        BigInteger tolerance = range.span().shiftRight(TOLERANCE_SHIFT);
        for (HashKey near : Arrays.asList(present.floor(range.start()), present.ceiling(range.start()))) {
            if (near != null && near.toBigInteger().subtract(start).abs().compareTo(tolerance) <= 0) {
                return near;
            }
        }
        return range.start();
    }

    private static List<Replacement> splits(List<ShardInfo> shards, NavigableSet<HashKey> wanted) {
        List<Replacement> splits = new ArrayList<>();
        for (ShardInfo shard : shards) {
            List<HashKey> inside = List.copyOf(
                    wanted.subSet(shard.range().start(), false, shard.range().end(), true));
            if (!inside.isEmpty()) {
                splits.add(splitAt(shard, inside.get(inside.size() / 2)));
            }
        }
        return splits;
    }

    private static List<Replacement> merges(List<ShardInfo> shards, Set<HashKey> wanted) {
        List<Replacement> merges = new ArrayList<>();
        for (int i = 1; i < shards.size(); i++) {
            ShardInfo left = shards.get(i - 1);
            ShardInfo right = shards.get(i);
            if (!wanted.contains(right.range().start())) {
                merges.add(new Replacement(
                        List.of(left.index(), right.index()),
                        List.of(new HashKeyRange(
                                left.range().start(), right.range().end()))));
                i++; // both are taken
            }
        }
        return merges;
    }

    /** Returns a merge of two neighbours. */
    static Replacement join(ShardInfo left, ShardInfo right) {
        return new Replacement(
                List.of(left.index(), right.index()),
                List.of(new HashKeyRange(left.range().start(), right.range().end())));
    }

    /** Returns a split of a shard in its middle. The shard has more than one hash key. */
    static Replacement halve(ShardInfo shard) {
        BigInteger sum =
                shard.range().start().toBigInteger().add(shard.range().end().toBigInteger());
        return splitAt(shard, HashKey.of(sum.shiftRight(1).add(BigInteger.ONE)));
    }
}
