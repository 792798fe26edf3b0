package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Resharding.Replacement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uniform scaling as a run of splits and merges. */
class ReshardingPlanTest {

    @ParameterizedTest
    @CsvSource({"1,2,1", "2,4,1", "4,2,1", "2,3,2", "3,2,2", "5,8,3", "100,51,3", "7,7,0", "1000,2000,1"})
    void uniformScalingEndsWithRangesOfTheSameWidthInFewRounds(int from, int to, int rounds) {
        List<ShardInfo> open = shards(HashKeyRange.evenly(from));
        int done = scale(open, to);
        assertUniform(open, to);
        assertThat(done).isLessThanOrEqualTo(rounds);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyRangesBecomeUniformAndNeverOverlapOnTheWay(long seed) {
        Random random = new Random(seed);
        List<HashKeyRange> ranges = new ArrayList<>(HashKeyRange.evenly(1));
        for (int i = random.nextInt(30); i > 0; i--) {
            HashKeyRange split = ranges.remove(random.nextInt(ranges.size()));
            Replacement halves = ReshardingPlan.halve(shard(0, split));
            ranges.addAll(halves.children());
        }
        List<ShardInfo> open = shards(ranges);
        int target = 1 + random.nextInt(2 * open.size());
        int rounds = scale(open, target);
        assertUniform(open, target);
        assertThat(rounds).isLessThan(40);
    }

    private static int scale(List<ShardInfo> open, int target) {
        int rounds = 0;
        List<Replacement> round = ReshardingPlan.nextRound(open, target);
        while (!round.isEmpty()) {
            Set<Integer> parents = new HashSet<>();
            round.forEach(replacement -> assertThat(parents.addAll(replacement.parents()))
                    .as("no shard is replaced twice")
                    .isTrue());
            int next = open.stream().mapToInt(ShardInfo::index).max().orElseThrow() + 1;
            open.removeIf(shard -> parents.contains(shard.index()));
            for (Replacement replacement : round) {
                for (HashKeyRange child : replacement.children()) {
                    open.add(shard(next++, child));
                }
            }
            open.sort(Comparator.comparing(shard -> shard.range().start()));
            assertCovers(open);
            rounds++;
            round = ReshardingPlan.nextRound(open, target);
        }
        return rounds;
    }

    private static void assertUniform(List<ShardInfo> open, int count) {
        assertCovers(open);
        assertThat(open).hasSize(count);
        double width = Math.pow(2, 128) / count;
        for (ShardInfo shard : open) {
            double has = shard.range().end().toBigInteger().doubleValue()
                    - shard.range().start().toBigInteger().doubleValue();
            assertThat(has / width).isBetween(0.99, 1.01);
        }
    }

    private static void assertCovers(List<ShardInfo> open) {
        assertThat(open.get(0).range().start()).isEqualTo(HashKey.MIN);
        assertThat(open.get(open.size() - 1).range().end()).isEqualTo(HashKey.MAX);
        for (int i = 1; i < open.size(); i++) {
            assertThat(open.get(i - 1).range().isFollowedBy(open.get(i).range()))
                    .isTrue();
        }
    }

    private static List<ShardInfo> shards(List<HashKeyRange> ranges) {
        List<ShardInfo> shards = new ArrayList<>();
        ranges.stream()
                .sorted(Comparator.comparing(HashKeyRange::start))
                .forEach(range -> shards.add(shard(shards.size(), range)));
        return shards;
    }

    private static ShardInfo shard(int index, HashKeyRange range) {
        return new ShardInfo(index, index, range, 1, 1, null, null, null);
    }
}
