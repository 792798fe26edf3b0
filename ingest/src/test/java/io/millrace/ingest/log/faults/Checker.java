package io.millrace.ingest.log.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a log kept its promises, over any number of restarts.
 *
 * <ul>
 *   <li>Each acknowledged record is read at its offset, with its bytes and its arrival time, unless it was trimmed.
 *   <li>What was read once is read again: a reader sees nothing that a crash can take.
 *   <li>An offset never shows two records, and a record has one offset.
 *   <li>The records of a writer are read in the order in which it sent them; arrival times never decrease in a shard.
 *   <li>Offsets begin at 0 and are consecutive, but for places of records that were sent and never acknowledged.
 *   <li>Nothing is read that was not sent.
 * </ul>
 *
 * <p>Each breach is kept as a {@link Violation}; {@link #assertClean()} tells them all. Thread-safe.
 */
final class Checker implements Journal {
    private static final int SHOWN = 5;

    /** What a log can do wrong. */
    enum Kind {
        LOST,
        DAMAGED,
        UNREADABLE,
        UNSENT,
        TWICE,
        CHANGED,
        REORDERED,
        TIME_WENT_BACK,
        GAP
    }

    record Violation(Kind kind, String text) {}

    private record Sent(long shard, int lengthInBytes, boolean afterFailure) {}

    /** @param acknowledged the number of the acknowledgement, 0 when the record was only read */
    private record Known(long id, long arrivalEpochMillis, long acknowledged) {}

    /** What one reading has seen of one shard. */
    private static final class ShardReading {
        private final Set<Long> offsets = new HashSet<>();
        private final Map<Integer, Integer> counters = new HashMap<>();
        private long next;
        private long missing;
        private long lastArrival = Long.MIN_VALUE;
    }

    private final String experiment;
    private final boolean damageExpected;
    private final Map<Long, Sent> sent = new HashMap<>();
    private final Map<Long, Long> offsets = new HashMap<>();
    private final Map<Long, TreeMap<Long, Known>> known = new TreeMap<>();
    private final Map<Long, Long> unplaced = new HashMap<>();
    private final Map<Long, Long> trims = new HashMap<>();
    private final Map<Long, ShardReading> reading = new TreeMap<>();
    private final List<Violation> violations = new ArrayList<>();
    private final List<Known> lost = new ArrayList<>();
    private String cycle = "start";
    private long acknowledgements;
    private long readings;
    private long ackedAfterFailure;
    private long unreadable;
    private String failure = "";

    private Checker(String experiment, boolean damageExpected) {
        this.experiment = experiment;
        this.damageExpected = damageExpected;
    }

    /** @param experiment what is done and with which seed, for the message of a failure */
    static Checker of(String experiment) {
        return new Checker(experiment, false);
    }

    /** Makes a checker for a log with damage: there, the log may say of a record that it cannot be read. */
    static Checker ofDamaged(String experiment) {
        return new Checker(experiment, true);
    }

    /** Names what happens next, for the message of a failure. A failure of the process before says nothing any more. */
    synchronized void cycle(String name) {
        cycle = name;
        failure = "";
    }

    @Override
    public synchronized void sent(long shard, long firstId, int[] lengthsInBytes) {
        for (int i = 0; i < lengthsInBytes.length; i++) {
            sent.put(firstId + i, new Sent(shard, lengthsInBytes[i], !failure.isEmpty()));
        }
        unplaced.merge(shard, (long) lengthsInBytes.length, Long::sum);
    }

    @Override
    public synchronized void acked(long shard, long firstId, int count, long firstOffset, long arrivalEpochMillis) {
        acknowledgements++;
        for (int i = 0; i < count; i++) {
            note(shard, firstOffset + i, new Known(firstId + i, arrivalEpochMillis, acknowledgements));
            Sent record = sent.get(firstId + i);
            if (record != null && record.afterFailure()) {
                ackedAfterFailure++;
            }
        }
    }

    @Override
    public synchronized void refused(long shard, long firstId, String why) {
        if (!why.strip().equals(BUSY) && failure.isEmpty()) {
            failure = why.strip();
        }
    }

    @Override
    public synchronized void trimmed(long shard, long beforeEpochMillis) {
        trims.merge(shard, beforeEpochMillis, Math::max);
    }

    @Override
    public synchronized void readingBegins() {
        reading.clear();
    }

    @Override
    public synchronized void read(long shard, long offset, long arrivalEpochMillis, long id, int lengthInBytes) {
        ShardReading seen = reading.computeIfAbsent(shard, s -> new ShardReading());
        if (arrivalEpochMillis < seen.lastArrival) {
            violation(
                    Kind.TIME_WENT_BACK,
                    shard,
                    offset,
                    "arrived at %d, the one before at %d".formatted(arrivalEpochMillis, seen.lastArrival));
        }
        seen.lastArrival = arrivalEpochMillis;
        Integer earlier = seen.counters.put(Payload.writerOf(id), Payload.counterOf(id));
        if (earlier != null && earlier >= Payload.counterOf(id)) {
            violation(
                    Kind.REORDERED, shard, offset, "%s comes after its record %d".formatted(Payload.name(id), earlier));
        }
        reach(seen, shard, offset);
        Sent record = sent.get(id);
        if (record != null && record.lengthInBytes() != lengthInBytes) {
            violation(
                    Kind.DAMAGED,
                    shard,
                    offset,
                    "%s has %d bytes (expected: %d)"
                            .formatted(Payload.name(id), lengthInBytes, record.lengthInBytes()));
        }
        note(shard, offset, new Known(id, arrivalEpochMillis, 0));
    }

    @Override
    public synchronized void damaged(long shard, long offset, String how) {
        reach(reading.computeIfAbsent(shard, s -> new ShardReading()), shard, offset);
        violation(Kind.DAMAGED, shard, offset, how);
    }

    @Override
    public synchronized void unreadable(long shard, long offset, long resumeOffset, String why) {
        ShardReading seen = reading.computeIfAbsent(shard, s -> new ShardReading());
        reach(seen, shard, offset);
        seen.offsets.addAll(known.getOrDefault(shard, new TreeMap<>())
                .subMap(offset, Math.max(offset, resumeOffset))
                .keySet());
        seen.next = Math.max(seen.next, resumeOffset);
        if (resumeOffset <= offset) {
            violation(Kind.UNREADABLE, shard, offset, "reading is to go on at %d".formatted(resumeOffset));
        }
        unreadable++;
        if (!damageExpected) {
            violation(Kind.UNREADABLE, shard, offset, why);
        }
    }

    @Override
    public synchronized void shardEnds(long shard, long firstOffset, long endOffset) {
        ShardReading seen = reading.computeIfAbsent(shard, s -> new ShardReading());
        if (seen.next != endOffset && !(seen.offsets.isEmpty() && firstOffset == endOffset)) {
            violation(Kind.GAP, shard, endOffset, "the end, but reading ended at %d".formatted(seen.next));
        }
    }

    @Override
    public synchronized void readingEnds() {
        readings++;
        known.forEach((shard, records) -> {
            ShardReading seen = reading.getOrDefault(shard, new ShardReading());
            records.forEach((offset, record) -> {
                if (!seen.offsets.contains(offset) && !mayBeTrimmed(shard, record)) {
                    lost.add(record);
                    violation(
                            Kind.LOST,
                            shard,
                            offset,
                            "%s, %s"
                                    .formatted(
                                            Payload.name(record.id()),
                                            record.acknowledged() > 0 ? "acknowledged" : "read before"));
                }
            });
        });
        reading.forEach((shard, seen) -> {
            if (seen.missing > unplaced.getOrDefault(shard, 0L) && !trims.containsKey(shard)) {
                violation(
                        Kind.GAP,
                        shard,
                        seen.next,
                        "%d offsets show nothing, %d records were sent and not placed"
                                .formatted(seen.missing, unplaced.getOrDefault(shard, 0L)));
            }
        });
    }

    /** Throws with every violation, unless there is none. */
    synchronized void assertClean() {
        if (!violations.isEmpty()) {
            throw new AssertionError("%s: %d violations%n%s"
                    .formatted(
                            experiment,
                            violations.size(),
                            Stream.of(Kind.values()).map(this::told).collect(Collectors.joining())));
        }
    }

    /** Returns the first violations of a kind, so that many of one do not hide another. */
    private String told(Kind kind) {
        List<Violation> ofKind =
                violations.stream().filter(v -> v.kind() == kind).toList();
        return ofKind.isEmpty()
                ? ""
                : ofKind.stream()
                        .limit(SHOWN)
                        .map(Violation::text)
                        .collect(Collectors.joining("\n    ", "  %d %s\n    ".formatted(ofKind.size(), kind), "\n"));
    }

    synchronized List<Violation> violations() {
        return List.copyOf(violations);
    }

    synchronized int ackedRecords() {
        return (int) known.values().stream()
                .flatMap(records -> records.values().stream())
                .filter(record -> record.acknowledged() > 0)
                .count();
    }

    /** Returns how many times the whole log was read. */
    synchronized long readings() {
        return readings;
    }

    /** Returns how many times the log said that it cannot read something. */
    synchronized long unreadablePlaces() {
        return unreadable;
    }

    /** Returns the first failure of an append in this cycle; empty when there was none. */
    synchronized String failure() {
        return failure;
    }

    /** Returns how many records were acknowledged that were sent after an append had failed. */
    synchronized long ackedAfterFailure() {
        return ackedAfterFailure;
    }

    /**
     * Tells whether all that is wrong is the loss of the newest records: every acknowledged record that is left was
     * acknowledged before each that is lost.
     */
    synchronized boolean lostNothingButTheNewest() {
        long firstLost = lost.stream().mapToLong(Known::acknowledged).min().orElse(Long.MAX_VALUE);
        Set<Long> lostIds = lost.stream().map(Known::id).collect(Collectors.toSet());
        return violations.stream().allMatch(violation -> violation.kind() == Kind.LOST)
                && known.values().stream()
                        .flatMap(records -> records.values().stream())
                        .filter(record -> !lostIds.contains(record.id()))
                        .allMatch(record -> record.acknowledged() < firstLost);
    }

    private boolean mayBeTrimmed(long shard, Known record) {
        return record.arrivalEpochMillis() < trims.getOrDefault(shard, Long.MIN_VALUE);
    }

    private void reach(ShardReading seen, long shard, long offset) {
        if (offset < seen.next) {
            violation(Kind.REORDERED, shard, offset, "comes after offset %d".formatted(seen.next - 1));
        }
        seen.missing += Math.max(0, offset - seen.next);
        seen.next = Math.max(seen.next, offset + 1);
        seen.offsets.add(offset);
    }

    private void note(long shard, long offset, Known record) {
        Sent origin = sent.get(record.id());
        if (origin == null || origin.shard() != shard) {
            violation(Kind.UNSENT, shard, offset, Payload.name(record.id()) + " was never sent there");
            return;
        }
        Long place = offsets.putIfAbsent(record.id(), offset);
        if (place == null) {
            unplaced.merge(shard, -1L, Long::sum);
        } else if (place != offset) {
            violation(Kind.TWICE, shard, offset, "%s is at offset %d too".formatted(Payload.name(record.id()), place));
        }
        TreeMap<Long, Known> records = known.computeIfAbsent(shard, s -> new TreeMap<>());
        Known before = records.get(offset);
        checkUnchanged(shard, offset, before, record);
        if (before == null || record.acknowledged() > 0) {
            records.put(offset, record);
        }
    }

    private void checkUnchanged(long shard, long offset, @Nullable Known before, Known now) {
        if (before != null && before.id() != now.id()) {
            violation(
                    Kind.CHANGED,
                    shard,
                    offset,
                    "%s, earlier %s".formatted(Payload.name(now.id()), Payload.name(before.id())));
        } else if (before != null && before.arrivalEpochMillis() != now.arrivalEpochMillis()) {
            violation(
                    Kind.CHANGED,
                    shard,
                    offset,
                    "arrived at %d, earlier at %d".formatted(now.arrivalEpochMillis(), before.arrivalEpochMillis()));
        }
    }

    private void violation(Kind kind, long shard, long offset, String what) {
        violations.add(new Violation(
                kind, "%s, cycle %s: shard %d, offset %d: %s".formatted(experiment, cycle, shard, offset, what)));
    }
}
