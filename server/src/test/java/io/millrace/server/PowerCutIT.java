package io.millrace.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file system under a whole node loses its power at any moment, from the first one of a first start on: the next start
 * works, everything acknowledged is there, and nothing is there twice.
 *
 * <p>Runs as root; {@code -Dfaults=long} cuts 100 times on ext4 and 50 times on xfs, {@code -Dfaults.cycles=N} another number
 * of times. A node without Flink starts in a second and a half; every tenth cycle has the warehouse too.
 */
@Timeout(7200)
class PowerCutIT {
    private static final long IMAGE_BYTES = 2L << 30;
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(5);
    private static final int CYCLES_PER_DIRECTORY = 6;
    private static final int EARLY_MILLIS = 2500;
    private static final int LOAD_MILLIS = 2500;
    private static final Pattern PERSISTED =
            Pattern.compile("\"EventType\":\"PERSISTED\".*\"FragmentNumber\":\"([0-9]+)\"");

    @TempDir
    Path temporary;

    @Test
    void everyStartAfterAPowerCutOnExt4FindsWhatWasAcknowledged() throws Exception {
        cut("ext4", count(2, 100));
    }

    @Test
    void everyStartAfterAPowerCutOnXfsFindsWhatWasAcknowledged() throws Exception {
        cut("xfs", count(1, 50));
    }

    private static int count(int inShort, int inLong) {
        return Integer.getInteger("faults.cycles", "long".equals(System.getProperty("faults")) ? inLong : inShort);
    }

    private void cut(String type, int cycles) throws Exception {
        long seed = Long.getLong("faults.seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        Random random = new Random(seed);
        try (PowerMount mount = PowerMount.make(temporary, type, IMAGE_BYTES)) {
            for (int done = 0; done < cycles; done += CYCLES_PER_DIRECTORY) {
                int count = Math.min(CYCLES_PER_DIRECTORY, cycles - done);
                String name = "power cut on " + type + ", seed " + seed + ", cycle " + done;
                System.out.println(name + " of " + cycles + ": " + lives(mount, done, count, random));
            }
        }
    }

    /** One data directory over several power cuts. */
    private AcknowledgedState lives(PowerMount mount, int first, int count, Random random) throws Exception {
        Path data = mount.point().resolve("data-" + first);
        AcknowledgedState state = new AcknowledgedState(Files.createDirectories(temporary.resolve("scratch")));
        for (int cycle = first; cycle < first + count; cycle++) {
            life(mount, data, state, cycle, random);
        }
        try (NodeProcess node = start(data, first)) {
            node.awaitReady(READY_TIMEOUT);
            state.check(node);
        }
        return state;
    }

    private static NodeProcess start(Path data, int cycle) throws IOException {
        List<String> options = new ArrayList<>(List.of("--no-flink"));
        if (cycle % 10 != 0) {
            options.add("--no-warehouse");
        }
        return NodeProcess.start(data, options.toArray(String[]::new));
    }

    private void life(PowerMount mount, Path data, AcknowledgedState state, int cycle, Random random) throws Exception {
        try (NodeProcess node = start(data, cycle)) {
            if (cycle % 3 == 0) {
                Thread.sleep(random.nextInt(EARLY_MILLIS)); // most often while it starts
            } else {
                node.awaitReady(READY_TIMEOUT);
                state.check(node);
                state.prepare(node);
                load(node, state, random.nextInt(LOAD_MILLIS), random.nextBoolean());
            }
            state.stopBelieving();
            mount.cutPower();
            node.kill();
        }
        mount.restart();
    }

    /** @param whole whether at least one thing of each kind is acknowledged before the time begins */
    private static void load(NodeProcess node, AcknowledgedState state, long millis, boolean whole) throws Exception {
        state.believe();
        List<Thread> threads = List.of(
                new Thread(() -> whileBelieving(state, () -> state.step(node)), "load"),
                new Thread(() -> whileBelieving(state, () -> film(node, state)), "camera"));
        threads.forEach(thread -> {
            thread.setDaemon(true);
            thread.start();
        });
        int before = state.steps();
        Await.until("a step of the load", READY_TIMEOUT, () -> !whole || state.steps() > before);
        Thread.sleep(millis);
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void whileBelieving(AcknowledgedState state, Work work) {
        try {
            while (state.isBelieving()) {
                work.run();
            }
        } catch (IOException | InterruptedException | RuntimeException e) { // the node has gone, or is about to
            if (state.isBelieving()) {
                System.out.println("before the power cut: " + e);
            }
        }
    }

    private static InputStream sample() {
        return Objects.requireNonNull(PowerCutIT.class.getResourceAsStream("/demo/sample.mkv"));
    }

    /** Puts the sample video as a camera does. */
    static void film(NodeProcess node, AcknowledgedState state) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(node.connections().api() + "/putMedia"))
                .header("x-amzn-stream-name", AcknowledgedState.CAMERA)
                .header("x-amzn-fragment-timecode-type", "RELATIVE")
                .header("x-amzn-producer-start-timestamp", Instant.now().toString())
                .POST(HttpRequest.BodyPublishers.ofInputStream(PowerCutIT::sample))
                .build();
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        http.send(request, HttpResponse.BodyHandlers.ofLines()).body().forEach(line -> {
            Matcher persisted = PERSISTED.matcher(line);
            if (persisted.find()) {
                state.fragmentPersisted(persisted.group(1));
            }
        });
    }
}
