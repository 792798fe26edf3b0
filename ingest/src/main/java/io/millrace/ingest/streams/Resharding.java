package io.millrace.ingest.streams;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has to become of a stream's shards. It is kept with the stream, so that a restart goes on with it.
 *
 * @param replacements what is to be done
 * @param targetShards how many shards of the same width there are to be in the end; absent when that is not the aim
 */
public record Resharding(
        List<Replacement> replacements, @Nullable Integer targetShards) {
    public Resharding {
        replacements = List.copyOf(replacements);
    }

    /**
     * Shards to be closed, and the ranges of those that follow: one becomes two, or two become one.
     *
     * @param parents indexes, by hash key in ascending order
     */
    public record Replacement(List<Integer> parents, List<HashKeyRange> children) {
        public Replacement {
            parents = List.copyOf(parents);
            children = List.copyOf(children);
        }
    }

    static Resharding by(List<Replacement> replacements) {
        return new Resharding(replacements, null);
    }

    /** Returns how many open shards there are in the end beyond so many. */
    int additionalShards(int open) {
        return targetShards != null
                ? targetShards - open
                : replacements.stream()
                        .mapToInt(replacement -> replacement.children().size()
                                - replacement.parents().size())
                        .sum();
    }

    static Resharding to(int targetShards) {
        return new Resharding(List.of(), targetShards);
    }
}
