package io.millrace.ingest.log.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small file system of its own, whose power can be cut. Unmounted when closed, and when the process ends before that.
 * For one thread.
 */
final class Mount implements AutoCloseable {
    private static final int UNMOUNT_ATTEMPTS = 100;
    private static final long PAUSE_MILLIS = 50;

    private final Path point;
    private final String[] mountCommand;
    private final Thread atExit = new Thread(this::unmountByForce, "unmount");
    private boolean mounted;

    private Mount(Path point, String... mountCommand) {
        this.point = point;
        this.mountCommand = mountCommand;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Makes and mounts a file system in a file, or skips the test with the reason why that cannot be. */
    static Mount loop(Path folder, String type, long sizeBytes) throws IOException, InterruptedException {
        require(type, "mount", "mkfs." + type, "xfs_io");
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(sizeBytes);
        }
        Command.run("mkfs." + type, "-q", image.toString());
        Path point = Files.createDirectories(folder.resolve("mount"));
        return mountOrSkip(new Mount(point, "mount", "-o", "loop", image.toString(), point.toString()), type);
    }

    /** Mounts a file system in memory, or skips the test with the reason why that cannot be. */
    static Mount memory(Path folder, int sizeMebibytes) throws IOException, InterruptedException {
        require("tmpfs", "mount");
        Path point = Files.createDirectories(folder.resolve("mount"));
        String size = "size=%dm".formatted(sizeMebibytes);
        return mountOrSkip(new Mount(point, "mount", "-t", "tmpfs", "-o", size, "tmpfs", point.toString()), "tmpfs");
    }

    private static void require(String type, String... programs) throws IOException, InterruptedException {
        skipUnless(type, Command.run("id", "-u").equals("0"), "only root may mount");
        for (String program : programs) {
            skipUnless(type, Command.exists(program), "there is no " + program);
        }
    }

    private static Mount mountOrSkip(Mount mount, String type) throws InterruptedException {
        try {
            mount.mount();
        } catch (IOException e) {
            mount.close();
            skipUnless(type, false, String.valueOf(e.getMessage()));
        }
        return mount;
    }

    private static void skipUnless(String type, boolean possible, String why) {
        if (!possible) {
            Experiment.print("skipped on %s: %s".formatted(type, why));
        }
        assumeTrue(possible, why);
    }

    Path point() {
        return point;
    }

    /** Takes the power away: from now on nothing is written any more, and all that was not on the disk is lost. */
    void cutPower() throws IOException, InterruptedException {
        Command.run("xfs_io", "-x", "-c", "shutdown", point.toString());
    }

    /** Mounts again what is left. Nobody may use the file system. */
    void restart() throws IOException, InterruptedException {
        unmount();
        mount();
    }

    /** Gives a file system in memory another size. */
    void resize(int sizeMebibytes) throws IOException, InterruptedException {
        Command.run("mount", "-o", "remount,size=%dm".formatted(sizeMebibytes), point.toString());
    }

    @Override
    public void close() throws InterruptedException {
        try {
            unmount();
        } catch (IOException e) {
            Experiment.print(e.getMessage());
            unmountByForce();
        }
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private void mount() throws IOException, InterruptedException {
        Command.run(mountCommand);
        mounted = true;
    }

    /** A process that has just ended may hold the file system for a moment. The loop device goes with the mount. */
    private void unmount() throws IOException, InterruptedException {
        for (int attempt = 1; mounted; attempt++) {
            try {
                Command.run("umount", point.toString());
                mounted = false;
            } catch (IOException e) {
                if (attempt == UNMOUNT_ATTEMPTS) {
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private void unmountByForce() {
        if (mounted) {
            try {
                Command.run("umount", "-l", point.toString());
            } catch (IOException e) {
                Experiment.print(e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
