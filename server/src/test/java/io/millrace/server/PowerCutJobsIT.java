package io.millrace.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file system under a node with Flink, the embedded S3 and the warehouse loses its power while records are put,
 * delivered and copied by an application: after the restart the jobs go on, and everything acknowledged arrives as
 * often as promised.
 *
 * <p>Runs as root; {@code -Dfaults=long} cuts 100 times on ext4 and 50 times on xfs, {@code -Dfaults.cycles=N} another
 * number of times.
 */
@Tag("long")
@Timeout(14_400)
class PowerCutJobsIT {
    private static final long IMAGE_BYTES = 3L << 30;
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(5);
    private static final int CYCLES_PER_DIRECTORY = 5;
    private static final int EARLY_MILLIS = 12_000;
    private static final int LOAD_MILLIS = 6_000;
    private static final int SHOWN_LINES = 80;

    /** Three deliveries and the application. */
    private static final int JOBS = 4;

    /** Longer than a buffer, a checkpoint and a commit take: what was delivered twice would be there by then. */
    private static final Duration SETTLE = Duration.ofSeconds(4);

    @TempDir
    Path temporary;

    @Test
    void jobsDeliverEverythingAcknowledgedAfterAPowerCutOnExt4() throws Exception {
        cut("ext4", count(1, 100));
    }

    @Test
    void jobsDeliverEverythingAcknowledgedAfterAPowerCutOnXfs() throws Exception {
        cut("xfs", count(0, 50));
    }

    private static int count(int inShort, int inLong) {
        return Integer.getInteger("faults.cycles", "long".equals(System.getProperty("faults")) ? inLong : inShort);
    }

    private void cut(String type, int cycles) throws Exception {
        PowerMount.skipUnlessCycles(cycles, "power cut under jobs on " + type);
        long seed = Long.getLong("faults.seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        Random random = new Random(seed);
        for (int done = 0; done < cycles; done += CYCLES_PER_DIRECTORY) {
            int count = Math.min(CYCLES_PER_DIRECTORY, cycles - done);
            String name = "power cut under jobs on " + type + ", seed " + seed + ", cycle " + done;
            Path folder = Files.createDirectories(temporary.resolve(type + "-" + done));
            try (PowerMount mount = PowerMount.make(folder, type, IMAGE_BYTES)) {
                System.out.println(name + " of " + cycles + ": " + livesTold(name, mount, count, random));
            }
        }
    }

    /** Shows the logs of a failure, which go with the file system. */
    private DeliveredState livesTold(String name, PowerMount mount, int count, Random random) throws Exception {
        try {
            return lives(mount, count, random);
        } catch (Exception | AssertionError e) {
            System.out.println(name + ": " + e);
            for (String log : List.of("data.log", "data/flink/flink.log", "data/flink/flink.out")) {
                showEnd(mount.point().resolve(log));
            }
            throw e;
        }
    }

    private static void showEnd(Path log) throws IOException {
        if (Files.exists(log)) {
            List<String> lines =
                    new String(Files.readAllBytes(log), ISO_8859_1).lines().toList();
            System.out.println("the end of " + log);
            lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()).forEach(System.out::println);
        }
    }

    /** One data directory over several power cuts. */
    private DeliveredState lives(PowerMount mount, int count, Random random) throws Exception {
        Path data = mount.point().resolve("data");
        DeliveredState state = new DeliveredState(temporary.resolve("scratch"));
        CompletedCheckpoints checkpoints = new CompletedCheckpoints();
        int port = freePort(random);
        for (int cycle = 0; cycle < count; cycle++) {
            try (NodeProcess node = NodeProcess.start(data, port)) {
                if (cycle % 3 == 2) {
                    Thread.sleep(random.nextInt(EARLY_MILLIS)); // most often while jobs are submitted or restored
                } else {
                    live(node, state, checkpoints, random.nextInt(LOAD_MILLIS));
                }
                state.believe();
                mount.cutPower();
                node.killAll();
                state.end();
            }
            mount.restart();
            checkpoints.check();
        }
        try (NodeProcess node = NodeProcess.start(data, port)) {
            node.awaitReady(READY_TIMEOUT);
            state.check(node);
            Thread.sleep(SETTLE.toMillis());
            state.check(node);
        }
        return state;
    }

    private static void live(NodeProcess node, DeliveredState state, CompletedCheckpoints checkpoints, int loadMillis)
            throws Exception {
        node.awaitReady(READY_TIMEOUT);
        state.prepare(node);
        state.check(node);
        state.begin(node);
        Await.until("a checkpoint of every job", READY_TIMEOUT, () -> checkpoints.look(node) >= JOBS);
        Thread.sleep(loadMillis);
        checkpoints.look(node);
    }

    /** Returns a port that the system gives nobody by itself. */
    private static int freePort(Random random) throws IOException {
        while (true) {
            int port = 20_000 + random.nextInt(10_000);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (BindException e) {
                System.out.println("port " + port + " is taken");
            }
        }
    }
}
