package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * One fragment store on a simulated disk through several crashes, all decided by a seed, with a model of what has to be
 * found.
 *
 * <p>The model holds the fragments that must be there, by stream: each from its acknowledgement until it expires. Anything
 * else that is read must have been sent, and with these bytes.
 */
final class FragmentLife {
    private static final Path DIRECTORY = Path.of("/video/fragments");
    private static final FragmentSettings SETTINGS = new FragmentSettings(20_000, 0);
    private static final long PLENTY = 1L << 40;

    private final Random random;
    private final Map<Long, NavigableMap<Long, byte[]>> mustBe = new TreeMap<>();
    private final Map<Long, byte[]> sent = new HashMap<>();
    private final Map<Long, Long> arrivals = new HashMap<>();
    private final Map<Long, Long> expiredBelow = new HashMap<>();
    private final List<UnderWay> underWay = new ArrayList<>();
    private SimulatedDisk disk = new SimulatedDisk();
    private Stepped writer = new Stepped();
    private FragmentStore store;
    private long nextStream = 1;
    private long now = 1_000_000;

    private record UnderWay(long stream, long number, CompletableFuture<FragmentEntry> done) {}

    /** Runs the writer on the test's thread: step by step, and to its end when the store is closed. */
    static final class Stepped implements FragmentStore.WriterThread {
        private Runnable loop = () -> {};

        @Override
        public void start(Runnable writerLoop) {
            loop = writerLoop;
        }

        @Override
        public void await() {
            loop.run();
        }
    }

    FragmentLife(long seed) {
        this.random = new Random(new SplittableRandom(seed).nextLong()); // small seeds begin alike otherwise
    }

    void run() throws IOException {
        open();
        create();
        create();
        int lives = 2 + random.nextInt(3);
        for (int life = 0; life < lives; life++) {
            int steps = random.nextInt(random.nextInt(4) == 0 ? 120 : 40);
            for (int i = 0; i < steps; i++) {
                step();
            }
            end();
            open();
            check();
        }
    }

    private void open() throws IOException {
        writer = new Stepped();
        disk.setCapacity(PLENTY);
        store = FragmentStore.open(
                DIRECTORY,
                mustBe.keySet(),
                SETTINGS,
                new FragmentStore.Environment(disk, new DiskGuard(disk, DIRECTORY, 0), writer));
        for (long stream : mustBe.keySet()) { // as a node does before it serves
            store.expire(stream, expiredBelow.get(stream));
        }
    }

    private void create() throws IOException {
        long stream = nextStream++;
        store.create(stream);
        mustBe.put(stream, new TreeMap<>());
        expiredBelow.put(stream, 0L);
    }

    private void step() throws IOException {
        now += random.nextInt(3);
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3, 4 -> send();
            case 5, 6, 7 -> write();
            case 8 -> chore(store::maintain);
            case 9 -> chore(store::checkpoint);
            case 10 -> expire();
            case 11 -> {
                if (random.nextInt(4) == 0) {
                    replaceStream();
                }
            }
            case 12 -> fill();
            case 13 -> failSoon();
            default -> check();
        }
    }

    private long anyStream() {
        List<Long> streams = List.copyOf(mustBe.keySet());
        return streams.get(random.nextInt(streams.size()));
    }

    private void send() {
        long stream = anyStream();
        long number = store.nextNumber();
        byte[] payload = new byte[random.nextInt(random.nextInt(8) == 0 ? 9_000 : 900)];
        random.nextBytes(payload);
        assertThat(sent.put(number, payload))
                .as("number %s is given out once", number)
                .isNull();
        arrivals.put(number, now);
        FragmentHead head = new FragmentHead(("head " + random.nextInt(3)).getBytes(StandardCharsets.US_ASCII));
        NewFragment fragment =
                new NewFragment(number, new FragmentTime(now, now, 1), head, List.of(ByteBuffer.wrap(payload)));
        underWay.add(new UnderWay(stream, number, store.append(stream, fragment)));
    }

    private void write() {
        store.step();
        noteAcknowledged();
    }

    private void noteAcknowledged() {
        for (UnderWay append : underWay) {
            boolean acknowledged = append.done().isDone() && !append.done().isCompletedExceptionally();
            NavigableMap<Long, byte[]> fragments = mustBe.get(append.stream());
            if (acknowledged && fragments != null) {
                fragments.put(append.number(), sent.get(append.number()));
            }
        }
        underWay.removeIf(append -> append.done().isDone());
    }

    @FunctionalInterface
    private interface Chore {
        void run() throws IOException;
    }

    /** What fails now is tried again by the node, or ends it. */
    private void chore(Chore chore) {
        try {
            chore.run();
        } catch (IOException e) {
            assertThat(e.getMessage()).containsAnyOf("injected", "No space left", "failed");
        }
    }

    private void expire() {
        long stream = anyStream();
        long before = now - random.nextInt(20);
        chore(() -> store.expire(stream, before));
        expiredBelow.merge(stream, before, Math::max);
    }

    /** A stream is forgotten first, as its document is, and then its fragments are dropped. */
    private void replaceStream() throws IOException {
        long stream = anyStream();
        mustBe.remove(stream);
        chore(() -> store.delete(stream));
        create();
    }

    private void fill() {
        disk.setCapacity(random.nextInt(3) == 0 ? disk.usedBytes() + random.nextInt(3_000) : PLENTY);
    }

    private void failSoon() {
        if (random.nextInt(6) == 0) {
            switch (random.nextInt(4)) {
                case 0 -> disk.failNextWrite(".seg");
                case 1 -> disk.failNextSync(".seg");
                case 2 -> disk.failNextSync(".idx");
                default -> disk.failNextWrite(".idx");
            }
        }
    }

    private void end() throws IOException {
        disk.setCapacity(PLENTY);
        switch (random.nextInt(4)) {
            case 0 -> chore(store::close);
            case 1 -> {} // killed: what was not synced is still in the page cache
            default -> disk = disk.afterPowerLoss(random);
        }
        noteAcknowledged();
        underWay.clear();
        disk.forgetFailures();
        if (random.nextInt(6) == 0) {
            loseAnIndex();
        }
    }

    /** The segments make up for it. */
    private void loseAnIndex() {
        List<Path> indexes = disk.files().keySet().stream()
                .filter(file -> file.toString().endsWith(".idx"))
                .toList();
        if (!indexes.isEmpty()) {
            disk.damage(indexes.get(random.nextInt(indexes.size())), new byte[0]);
        }
    }

    private void check() throws IOException {
        for (Map.Entry<Long, NavigableMap<Long, byte[]>> stream : mustBe.entrySet()) {
            check(stream.getKey(), stream.getValue());
        }
    }

    private void check(long stream, NavigableMap<Long, byte[]> fragments) throws IOException {
        StreamIndex index = store.index(stream).orElseThrow();
        long last = 0;
        List<Long> found = new ArrayList<>();
        long ordinal = index.first();
        try (FragmentReader reader = store.reader()) {
            for (StreamIndex.Page page = index.page(ordinal);
                    !page.entries().isEmpty();
                    page = index.page(page.end())) {
                for (FragmentEntry entry : page.entries()) {
                    assertThat(entry.number()).isGreaterThan(last);
                    last = entry.number();
                    found.add(last);
                    assertThat(read(reader, entry)).as("fragment %s", last).isEqualTo(sent.get(last));
                    fragments.put(last, sent.get(last)); // whoever has seen it may rely on it
                }
            }
        }
        fragments.keySet().stream()
                .filter(number -> !found.contains(number))
                .forEach(number -> assertThat(isExpired(stream, number))
                        .as("stream %s, fragment %s was acknowledged", stream, number)
                        .isTrue());
        fragments.keySet().retainAll(found);
    }

    /** The oldest fragments expire first, all that arrived before a time. */
    private boolean isExpired(long stream, long number) {
        return arrivals.getOrDefault(number, Long.MAX_VALUE) < expiredBelow.getOrDefault(stream, 0L);
    }

    private static byte[] read(FragmentReader reader, FragmentEntry entry) throws IOException {
        assertThat(reader.begin(entry)).isPresent();
        ByteBuffer payload = ByteBuffer.allocate(reader.remaining());
        reader.read(payload);
        return payload.array();
    }
}
