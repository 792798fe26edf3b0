package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.StoredAccessKeys;
import io.millrace.server.files.FileTree;
import io.millrace.server.node.NodeKeys;
import io.millrace.server.node.StartException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * The file system loses its power while a data directory is made, gets keys or is taken over from an earlier build: the
 * next start works, and everything acknowledged is there.
 *
 * <p>A cut comes after a random time, or when a random number of files is there, so that the moments are spread over a
 * start whatever the load of the machine. Runs as root; {@code -Dfaults=long} cuts more often, and
 * {@code -Dfaults.cycles=N} says how often. {@code -Dfaults.before=DIR} names the folder of an earlier build; without it
 * there is no upgrade.
 */
@Timeout(7200)
class PowerCutStartIT {
    private static final long IMAGE_BYTES = 2L << 30;
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration FILES_TIMEOUT = Duration.ofMinutes(1);
    private static final int FILES_OF_A_START = 30;
    private static final int START_MILLIS = 2_500;
    private static final int KEYS_MILLIS = 300;
    private static final int OLD_STEPS = 6;

    @TempDir
    Path temporary;

    private final long seed =
            Long.getLong("faults.seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
    private final Random random = new Random(seed);

    @Test
    void aFirstStartThatIsCutLeavesADirectoryThatStartsOnExt4() throws Exception {
        firstStarts("ext4", count(1, 60));
    }

    @Tag("long")
    @Test
    void aFirstStartThatIsCutLeavesADirectoryThatStartsOnXfs() throws Exception {
        firstStarts("xfs", count(0, 30));
    }

    @Test
    void everyKeyThatWasAddedIsThereOnExt4() throws Exception {
        keys("ext4", count(3, 100));
    }

    @Test
    void everyKeyThatWasAddedIsThereOnXfs() throws Exception {
        keys("xfs", count(1, 50));
    }

    @Tag("long")
    @Test
    void aDirectoryOfAnEarlierBuildKeepsEverythingThoughItsFirstStartHereIsCutOnExt4() throws Exception {
        upgrades("ext4", count(1, 40));
    }

    @Tag("long")
    @Test
    void aDirectoryOfAnEarlierBuildKeepsEverythingThoughItsFirstStartHereIsCutOnXfs() throws Exception {
        upgrades("xfs", count(0, 20));
    }

    private static int count(int inShort, int inLong) {
        return Integer.getInteger("faults.cycles", "long".equals(System.getProperty("faults")) ? inLong : inShort);
    }

    private void firstStarts(String type, int cycles) throws Exception {
        PowerMount.skipUnlessCycles(cycles, "power cut in a first start on " + type);
        try (PowerMount mount = PowerMount.make(temporary, type, IMAGE_BYTES)) {
            for (int cycle = 0; cycle < cycles; cycle++) {
                Path data = mount.point().resolve("data-" + cycle);
                try (NodeProcess node = start(data)) {
                    awaitMoment(data, 0);
                    mount.cutPower();
                    node.killAll();
                }
                mount.restart();
                try (NodeProcess node = start(data)) {
                    node.awaitReady(READY_TIMEOUT);
                    assertCertified(node);
                }
                FileTree.delete(data);
            }
        }
        System.out.println(cycles + " first starts cut on " + type + ", seed " + seed);
    }

    private static NodeProcess start(Path data) throws IOException {
        return NodeProcess.start(data, "--no-flink", "--no-warehouse");
    }

    /** @param before how many files were there at the beginning */
    private void awaitMoment(Path data, long before) throws IOException, InterruptedException {
        if (random.nextBoolean()) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(START_MILLIS));
            return;
        }
        long limit = before + random.nextInt(FILES_OF_A_START);
        long end = System.nanoTime() + FILES_TIMEOUT.toNanos();
        while (files(data) < limit && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static long files(Path data) throws IOException {
        if (!Files.exists(data)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(data)) {
            return files.count();
        } catch (UncheckedIOException e) {
            return 0; // a temporary file went away while the tree was walked
        }
    }

    /** Connects as a client does that trusts the certificate of the data directory. */
    private static void assertCertified(NodeProcess node) throws Exception {
        Path file = node.directory().resolve("tls").resolve("certificate.pem");
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(file)) {
            Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            trusted.setCertificateEntry("node", certificate);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        int port = URI.create(node.connections().api()).getPort();
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
        }
    }

    private void keys(String type, int cycles) throws Exception {
        try (PowerMount mount = PowerMount.make(temporary, type, IMAGE_BYTES)) {
            Set<String> added = ConcurrentHashMap.newKeySet();
            ExecutorService thread = Executors.newSingleThreadExecutor();
            Path data = mount.point().resolve("data");
            for (int cycle = 0; cycle < cycles; cycle++) {
                int before = added.size();
                boolean some = cycle % 3 != 0;
                Future<?> adding = thread.submit(new Keys(data, cycle, added));
                Await.until("a key is added", READY_TIMEOUT, () -> !some || added.size() > before);
                TimeUnit.MILLISECONDS.sleep(random.nextInt(KEYS_MILLIS));
                Set<String> acknowledged = Set.copyOf(added);
                mount.cutPower();
                adding.get(); // it ends with the first key that cannot be stored
                mount.restart();
                added.retainAll(acknowledged);
                assertThat(Keys.stored(data)).as("seed " + seed).containsAll(added);
            }
            try (NodeProcess node = start(data)) {
                node.awaitReady(READY_TIMEOUT);
            }
            thread.shutdown();
            System.out.println(cycles + " cuts on " + type + " while keys were added, seed " + seed + ": "
                    + added.size() + " keys, none lost");
        }
    }

    /** Adds keys to a directory until that fails. */
    private record Keys(Path data, int cycle, Set<String> added) implements Runnable {
        @Override
        public void run() {
            try {
                for (int number = 0; ; number++) {
                    String id = "AKIATEST" + (100_000_000_000L + cycle * 1_000_000L + number);
                    NodeKeys.ofDirectory(data)
                            .add(new AccessKey(id, "a-secret-of-forty-characters-or-nearly-so", "000000000000", ""));
                    added.add(id);
                }
            } catch (IOException | StartException e) {
                return; // without power
            }
        }

        static Set<String> stored(Path data) throws IOException, StartException {
            Set<String> ids = ConcurrentHashMap.newKeySet();
            StoredAccessKeys keys = NodeKeys.ofDirectory(data);
            keys.list().forEach(key -> ids.add(key.id()));
            return ids;
        }
    }

    private void upgrades(String type, int cycles) throws Exception {
        String before = System.getProperty("faults.before", "");
        if (before.isEmpty()) {
            System.out.println("power cut in an upgrade on " + type + ": skipped, no -Dfaults.before names a build");
        }
        assumeTrue(!before.isEmpty(), "no earlier build is named");
        PowerMount.skipUnlessCycles(cycles, "power cut in an upgrade on " + type);
        Path old = temporary.resolve("old");
        AcknowledgedState state = new AcknowledgedState(Files.createDirectories(temporary.resolve("scratch")));
        fill(Path.of(before), old, state);
        try (PowerMount mount = PowerMount.make(temporary, type, IMAGE_BYTES)) {
            for (int cycle = 0; cycle < cycles; cycle++) {
                Path data = mount.point().resolve("data-" + cycle);
                run("cp", "-a", old.toString(), data.toString());
                run("sync");
                try (NodeProcess node = start(data)) {
                    awaitMoment(data, files(old));
                    mount.cutPower();
                    node.killAll();
                }
                mount.restart();
                try (NodeProcess node = start(data)) {
                    node.awaitReady(READY_TIMEOUT);
                    state.check(node);
                    assertCertified(node);
                }
                FileTree.delete(data);
            }
        }
        System.out.println(cycles + " upgrades cut on " + type + ", seed " + seed + ": " + state);
    }

    /** Has an earlier build make a data directory and acknowledge things. */
    private static void fill(Path build, Path data, AcknowledgedState state) throws Exception {
        try (NodeProcess node = NodeProcess.startOf(build, data)) {
            node.awaitReady(READY_TIMEOUT);
            state.prepare(node);
            state.believe();
            for (int step = 0; step < OLD_STEPS; step++) {
                state.step(node);
            }
            PowerCutIT.film(node, state);
            state.stopBelieving();
            assertThat(node.stop()).isZero();
        } catch (SdkException e) {
            throw new AssertionError("the earlier build does not take what this test puts", e);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        assertThat(exit).as(String.join(" ", command)).isZero();
    }
}
