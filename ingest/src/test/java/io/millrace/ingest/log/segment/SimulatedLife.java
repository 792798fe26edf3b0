package io.millrace.ingest.log.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * One log on a simulated disk through several crashes, all decided by a seed, with a model of what has to be found.
 *
 * <p>The model holds, for each shard and offset, the record that must be there: from its acknowledgement on, or from the
 * moment that a reader has seen it. Anything else that is read must have been sent, and not be elsewhere already.
 */
final class SimulatedLife {
    private static final Path DIRECTORY = Path.of("/log");
    private static final int SHARDS = 4;

    private final Random random;
    private final boolean damage;
    private final MovableClock clock = new MovableClock();
    private final List<TreeMap<Long, String>> mustBe = new ArrayList<>();
    private final List<TreeMap<Long, Long>> arrivals = new ArrayList<>(); // of what was acknowledged and not trimmed
    private final Map<String, Integer> sentTo = new HashMap<>();
    private final long[] trimmedBelow = new long[SHARDS];
    private final long[] givenBelow = new long[SHARDS];
    private final BlockCodec codec;
    private final boolean failing;

    private SimulatedDisk disk = new SimulatedDisk();
    private StepByStep workers = new StepByStep();
    private EmbeddedShardLog log;
    private final List<Sent> underWay = new ArrayList<>();
    private boolean damaged;
    private String spoiled = "undamaged";
    private int nextId;

    private record Sent(int shard, List<String> records, CompletableFuture<List<Appended>> done) {}

    SimulatedLife(long seed, boolean damage) {
        this.random = new Random(new SplittableRandom(seed).nextLong()); // small seeds begin alike otherwise
        this.damage = damage;
        this.codec = List.of(BlockCodec.values()).get(random.nextInt(3));
        this.failing = random.nextInt(4) == 0;
        for (int i = 0; i < SHARDS; i++) {
            mustBe.add(new TreeMap<>());
            arrivals.add(new TreeMap<>());
        }
    }

    void run() throws Exception {
        int lives = 2 + random.nextInt(3);
        open();
        for (int life = 0; life < lives; life++) {
            int steps = random.nextInt(random.nextInt(4) == 0 ? 120 : 40);
            for (int i = 0; i < steps; i++) {
                step();
            }
            end();
            if (damage && life == lives - 2) {
                spoil();
            }
            if (!reopened()) {
                return;
            }
            check();
        }
    }

    private void open() throws IOException {
        workers = new StepByStep();
        LogOptions options = new LogOptions(
                new Durability.Fsync(),
                codec,
                6_000,
                5 * WalSegment.PAGE_BYTES,
                5 * WalSegment.PAGE_BYTES,
                2,
                12_000,
                Duration.ofDays(1),
                Duration.ZERO,
                3_000,
                Duration.ofHours(1));
        log = EmbeddedShardLog.open(
                DIRECTORY,
                new EmbeddedShardLog.Environment(
                        disk, new DiskGuard(disk, DIRECTORY, 0), clock, new PlainKeys(), options, random, workers));
    }

    private void step() throws Exception {
        switch (random.nextInt(17)) {
            case 0, 1, 2, 3, 4 -> send();
            case 5, 6, 7 -> write();
            case 8, 9 -> workers.doOneTask(random);
            case 10 -> workers.tick();
            case 11 -> clock.move(Duration.ofMinutes(random.nextInt(40) - 5));
            case 12 -> trim();
            case 13 -> log.checkpoints().takeSoon();
            case 14 -> flush(random.nextInt(SHARDS));
            case 15 -> failSoon();
            default -> checkOne(random.nextInt(SHARDS));
        }
    }

    private void flush(int shard) throws IOException {
        try {
            log.checkpointer().flush(log.shard(shard));
        } catch (IOException e) {
            if (!e.getMessage().contains("injected")) {
                throw e;
            }
        }
    }

    /** One of the next operations on the disk fails; in a quarter of the lives, so that most go their way. */
    private void failSoon() throws IOException {
        if (!failing) {
            return;
        }
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                int shard = random.nextInt(SHARDS);
                disk.failWriteAfter(random.nextInt(3), ".seg");
                flush(shard);
                checkOne(shard);
            }
            case 3, 4 -> disk.failNextOpen(".seg");
            case 5, 6 -> disk.failNextDelete(".seg");
            case 7 -> disk.failNextOpen("checkpoint");
            case 8 -> disk.failNextDirectorySync("log");
            case 9 -> disk.failNextDirectorySync("shards");
            case 10 -> disk.failNextSync(".seg");
            default -> disk.failNextSync(".wal");
        }
    }

    private void send() {
        int shard = random.nextInt(SHARDS);
        int count = 1 + random.nextInt(3);
        List<String> texts = new ArrayList<>();
        List<NewRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = nextId++ + ":" + "x".repeat(random.nextInt(random.nextInt(8) == 0 ? 1500 : 150));
            texts.add(text);
            sentTo.put(text, shard);
            records.add(new NewRecord(new byte[] {1}, text.getBytes(UTF_8)));
        }
        String key = shard == 3 ? "key" : null;
        underWay.add(new Sent(shard, texts, log.append(List.of(new ShardBatch(shard, records, key)))));
    }

    /** Lets the writer write, sync and acknowledge what waits. */
    private void write() {
        if (log.writer().failure() == null) { // else its thread has ended
            log.writer().step(0);
        }
        for (Sent sent : List.copyOf(underWay)) {
            if (sent.done().isDone()) {
                underWay.remove(sent);
                if (!sent.done().isCompletedExceptionally()) {
                    acknowledged(sent);
                }
            }
        }
    }

    private void acknowledged(Sent sent) {
        long offset = sent.done().join().get(0).firstOffset();
        long arrival = sent.done().join().get(0).arrivalEpochMillis();
        for (String text : sent.records()) {
            String before = mustBe.get(sent.shard()).put(offset, text);
            arrivals.get(sent.shard()).put(offset, arrival);
            if (before != null && !before.equals(text)) {
                throw new AssertionError("offset %d of shard %d was given twice".formatted(offset, sent.shard()));
            }
            offset++;
        }
        if (offset - sent.records().size() < givenBelow[sent.shard()]) {
            throw new AssertionError("offset %d of shard %d was given before, to a record that was lost"
                    .formatted(offset - sent.records().size(), sent.shard()));
        }
    }

    private void trim() throws IOException {
        int shard = random.nextInt(SHARDS);
        long before = clock.millis() - Duration.ofMinutes(random.nextInt(180)).toMillis();
        log.trim(shard, before);
        trimmedBelow[shard] = log.firstOffset(shard);
        arrivals.get(shard).headMap(trimmedBelow[shard]).forEach((offset, arrival) -> {
            if (arrival >= before && !damaged) {
                throw new AssertionError(
                        "shard %d: offset %d of %d was trimmed before %d".formatted(shard, offset, arrival, before));
            }
        });
        arrivals.get(shard).headMap(trimmedBelow[shard]).clear();
    }

    private void end() throws IOException {
        disk.forgetFailures();
        switch (random.nextInt(6)) {
            case 0 -> {
                log.close();
                write();
            }
            case 1 -> {
                // killed: what was written and not synced is still there, until the power goes
            }
            default -> disk = disk.afterPowerLoss(random);
        }
        underWay.clear();
    }

    /**
     * Flips a bit, cuts a file off or blanks a sector. Not blanked is the newest file of the write-ahead log, whose last
     * sectors are by nature the same whether they were blanked or never reached the disk.
     */
    private void spoil() {
        List<Path> files = new ArrayList<>(disk.files().keySet());
        Path file = files.get(random.nextInt(files.size()));
        byte[] content = disk.content(file);
        if (content.length == 0) {
            return;
        }
        int kind = random.nextInt(file.equals(newestWalFile()) ? 2 : 3);
        if (kind == 0) {
            content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
        } else if (kind == 1) {
            content = Arrays.copyOf(content, random.nextInt(content.length));
        } else {
            int from = random.nextInt(content.length) / 512 * 512;
            Arrays.fill(content, from, Math.min(content.length, from + 512), (byte) 0);
        }
        disk.damage(file, content);
        damaged = true;
        spoiled = "%s (%d bytes), kind %d".formatted(file, content.length, kind);
    }

    private Path newestWalFile() {
        return disk.files().keySet().stream()
                .filter(WalPool::isSlot)
                .max(Comparator.comparingLong(
                        file -> ByteBuffer.wrap(disk.content(file)).getLong(8)))
                .orElse(DIRECTORY);
    }

    @Override
    public String toString() {
        return spoiled;
    }

    /** Opens the log again. Returns whether that was possible; it may be refused when the disk was damaged. */
    private boolean reopened() throws IOException {
        try {
            open();
            return true;
        } catch (IOException e) {
            if (!damaged) {
                throw e;
            }
            return false;
        }
    }

    private void check() throws IOException {
        for (int shard = 0; shard < SHARDS; shard++) {
            checkOne(shard);
        }
    }

    /** Reads a shard from its first record on and compares with the model; from now on it must stay as it was read. */
    private void checkOne(int shard) throws IOException {
        NavigableMap<Long, String> expected = mustBe.get(shard);
        long offset = log.firstOffset(shard);
        long end = log.endOffset(shard);
        if (offset > trimmedBelow[shard]
                && !expected.subMap(trimmedBelow[shard], offset).isEmpty()) {
            // a trim is not durable by itself, so it may be undone, but nothing else moves the beginning
            throw new AssertionError(
                    "shard %d begins at %d (expected: at most %d)".formatted(shard, offset, trimmedBelow[shard]));
        }
        long arrival = 0;
        long time =
                clock.millis() - Duration.ofMinutes(random.nextInt(300) - 10).toMillis();
        long firstAtTime = end;
        while (offset < end) {
            List<StoredRecord> records;
            try {
                records = log.read(shard, offset, 1 + random.nextInt(5), 2_000);
            } catch (CorruptLogException e) {
                if (!damaged) {
                    throw e;
                }
                if (e.resumeOffset() <= offset) {
                    throw new AssertionError("shard %d: no way on from %d".formatted(shard, offset), e);
                }
                offset = e.resumeOffset(); // reported; what follows must still be right
                continue;
            }
            if (records.isEmpty()) {
                throw new AssertionError("shard %d: nothing at offset %d of %d".formatted(shard, offset, end));
            }
            for (StoredRecord record : records) {
                if (record.offset() != offset) {
                    throw new AssertionError(
                            "shard %d: offset %d was read at %d".formatted(shard, record.offset(), offset));
                }
                checkRecord(shard, record, expected);
                if (record.arrivalEpochMillis() < arrival) {
                    throw new AssertionError("shard %d: time decreases at %d".formatted(shard, offset));
                }
                arrival = record.arrivalEpochMillis();
                if (arrival >= time) {
                    firstAtTime = Math.min(firstAtTime, offset);
                }
                offset++;
            }
        }
        if (!damaged && log.offsetAtTime(shard, time) != firstAtTime) {
            throw new AssertionError("shard %d: offset %d at %d (expected: %d)"
                    .formatted(shard, log.offsetAtTime(shard, time), time, firstAtTime));
        }
        if (!expected.isEmpty() && expected.lastKey() >= end) {
            boolean reported = damaged && !log.stats().damages().isEmpty();
            if (!reported) {
                throw new AssertionError(
                        "shard %d ends at %d, but %d was acknowledged".formatted(shard, end, expected.lastKey()));
            }
            // lost with notice; the offsets must not be given to others
            givenBelow[shard] = Math.max(givenBelow[shard], expected.lastKey() + 1);
            expected.tailMap(end).clear();
        }
        if (!damaged && !log.stats().damages().isEmpty()) {
            throw new AssertionError("shard %d: nothing is damaged, but the log says %s"
                    .formatted(shard, log.stats().damages()));
        }
    }

    private void checkRecord(int shard, StoredRecord record, NavigableMap<Long, String> expected) {
        String text = new String(record.data(), UTF_8);
        String must = expected.get(record.offset());
        if (must != null && !must.equals(text)) {
            throw new AssertionError(
                    "shard %d, offset %d: %s (expected: %s)".formatted(shard, record.offset(), text, must));
        }
        if (must == null) {
            if (sentTo.getOrDefault(text, -1) != shard) {
                throw new AssertionError(
                        "shard %d, offset %d: %s was not sent there".formatted(shard, record.offset(), text));
            }
            if (expected.containsValue(text)) {
                throw new AssertionError(
                        "shard %d, offset %d: %s is there twice".formatted(shard, record.offset(), text));
            }
            expected.put(record.offset(), text);
        }
    }
}
