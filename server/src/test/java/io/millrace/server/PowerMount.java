package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A file system of its own in a file, whose power can be cut: what was not synced is gone then. Unmounted when closed. For one
 * thread.
 */
final class PowerMount implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;
    private static final int UNMOUNT_ATTEMPTS = 200;
    private static final long PAUSE_MILLIS = 50;

    private final Path image;
    private final Path point;
    private boolean mounted;

    private PowerMount(Path image, Path point) {
        this.image = image;
        this.point = point;
    }

    /** Makes and mounts a file system, or skips the test with the reason why that cannot be. */
    static PowerMount make(Path folder, String type, long bytes) throws IOException, InterruptedException {
        for (String program : new String[] {"mount", "mkfs." + type, "xfs_io"}) {
            skipUnless(exists(program), type, "there is no " + program);
        }
        skipUnless(run("id", "-u").equals("0"), type, "only root may mount");
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        run("mkfs." + type, "-q", image.toString());
        PowerMount mount = new PowerMount(image, Files.createDirectories(folder.resolve("mount")));
        try {
            mount.mount();
        } catch (IOException e) {
            skipUnless(false, type, String.valueOf(e.getMessage()));
        }
        return mount;
    }

    /** Skips a test that is for long runs alone, with a word how to have it. */
    static void skipUnlessCycles(int cycles, String what) {
        if (cycles == 0) {
            System.out.println(what + ": skipped, it takes -Dfaults=long or -Dfaults.cycles=N");
        }
        assumeTrue(cycles > 0, "needs -Dfaults=long or -Dfaults.cycles=N");
    }

    private static void skipUnless(boolean possible, String type, String why) {
        if (!possible) {
            System.out.println("power cut on " + type + ": skipped, " + why);
        }
        assumeTrue(possible, why);
    }

    Path point() {
        return point;
    }

    /** From now on nothing reaches the disk. */
    void cutPower() throws IOException, InterruptedException {
        run("xfs_io", "-x", "-c", "shutdown", point.toString());
    }

    /** Mounts again what is left. Nobody may use the file system. */
    void restart() throws IOException, InterruptedException {
        unmount();
        mount();
    }

    private void mount() throws IOException, InterruptedException {
        run("mount", "-o", "loop", image.toString(), point.toString());
        mounted = true;
    }

    /** A process that has just ended may hold the file system for a moment. */
    private void unmount() throws IOException, InterruptedException {
        for (int attempt = 1; mounted; attempt++) {
            try {
                run("umount", point.toString());
                mounted = false;
            } catch (IOException e) {
                if (attempt == UNMOUNT_ATTEMPTS) {
                    run("umount", "-l", point.toString());
                    mounted = false;
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        unmount();
        Files.deleteIfExists(image);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    private static boolean exists(String name) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }
}
