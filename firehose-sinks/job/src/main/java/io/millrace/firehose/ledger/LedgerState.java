package io.millrace.firehose.ledger;

import io.millrace.firehose.delivery.Positions;
import io.millrace.firehose.delivery.ShardRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One version of the ledger. Immutable.
 *
 * @param source which stream the positions belong to: one that was made again under the same name is another
 * @param positions of each shard the last record that is delivered, or is in {@code commit}
 * @param commit what was decided to become visible and may not be yet; null if all is
 * @param copies objects that are visible and not in the warehouse yet
 * @param stamps of the changes that made the last versions, newest last
 * @param totals absent in what earlier versions wrote
 */
record LedgerState(
        String source,
        Map<String, String> positions,
        @Nullable Commit commit,
        List<StagedCopy> copies,
        List<String> stamps,
        @Nullable Totals totals) {
    private static final int KEPT_STAMPS = 64;

    LedgerState {
        positions = Map.copyOf(positions);
        copies = List.copyOf(copies);
        stamps = List.copyOf(stamps);
        totals = totals == null ? Totals.NONE : totals;
    }

    /** For what needs no answer to whether an earlier version wrote it. */
    private Totals counted() {
        return totals == null ? Totals.NONE : totals;
    }

    /** Returns the state with failed attempts counted. */
    LedgerState failed(FailedAttempts.Counts counts) {
        return new LedgerState(
                source, positions, commit, copies, stamps, counted().failed(counts));
    }

    static LedgerState empty(String source) {
        return new LedgerState(source, Map.of(), null, List.of(), List.of(), Totals.NONE);
    }

    /**
     * Returns the state for a stream that was made again: no position, and what is under way belongs to no position.
     */
    LedgerState ofOtherSource(String other) {
        Commit left = commit == null
                ? null
                : new Commit(List.of(), commit.uploads(), commit.sealedEpochMillis(), commit.amount());
        return new LedgerState(other, Map.of(), left, copies, stamps, totals);
    }

    static LedgerState fromJson(byte[] json) throws DamagedLedgerException {
        try {
            return JsonMapper.shared().readValue(json, LedgerState.class);
        } catch (JacksonException e) {
            throw new DamagedLedgerException(e);
        }
    }

    byte[] toJson() {
        return JsonMapper.shared().writeValueAsBytes(this);
    }

    LedgerState stamped(String stamp) {
        List<String> all = new ArrayList<>(stamps);
        all.add(stamp);
        List<String> kept = all.subList(Math.max(0, all.size() - KEPT_STAMPS), all.size());
        return new LedgerState(source, positions, commit, copies, kept, totals);
    }

    /** Returns the state with a commit decided. Its ranges must begin where the ledger ends. */
    LedgerState committing(Commit next) throws StalePositionException {
        if (commit != null) {
            throw new IllegalStateException("a commit is not settled");
        }
        Map<String, String> moved = new TreeMap<>(positions);
        for (ShardRange range : next.ranges()) {
            String delivered = positions.getOrDefault(range.shardId(), Positions.NONE);
            if (!delivered.equals(range.after())) {
                throw new StalePositionException(range.shardId() + ": the ledger ends at '" + delivered
                        + "' (expected: '" + range.after() + "'); another job has delivered");
            }
            moved.put(range.shardId(), range.last());
        }
        return new LedgerState(source, moved, next, copies, stamps, totals);
    }

    /** Returns the state once the objects of the commit are visible. */
    LedgerState settled() {
        List<StagedCopy> more = new ArrayList<>(copies);
        if (commit != null) {
            for (Upload upload : commit.uploads()) {
                if (upload.loads()) {
                    more.add(new StagedCopy(
                            upload.path(), commit.ranges(), commit.sealedEpochMillis(), commit.amount()));
                }
            }
        }
        Totals next = commit == null ? counted() : counted().committed(commit.amount());
        return new LedgerState(source, positions, null, more, stamps, next);
    }

    /** Returns the state as if the commit had not been decided. */
    LedgerState withdrawn() {
        Map<String, String> back = new TreeMap<>(positions);
        if (commit != null) {
            for (ShardRange range : commit.ranges()) {
                if (range.after().equals(Positions.NONE)) {
                    back.remove(range.shardId());
                } else {
                    back.put(range.shardId(), range.after());
                }
            }
        }
        return new LedgerState(source, back, null, copies, stamps, totals);
    }

    /** Returns the state without an object that waited for the warehouse. */
    LedgerState withoutCopy(StagedCopy copy, boolean delivered) {
        List<StagedCopy> others =
                copies.stream().filter(one -> !one.path().equals(copy.path())).toList();
        Totals next = delivered ? counted().copied(copy.amount()) : counted();
        return new LedgerState(source, positions, commit, others, stamps, next);
    }
}
