package io.millrace.server.bench.host;

import io.millrace.server.bench.client.Tally;
import io.millrace.server.files.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;

/** What the disk alone can do: one write, one fdatasync, and again, as a log has to. */
public enum DiskLoop {
    APPEND_1_MIB("disk: 1 MiB append + fdatasync", 1 << 20, false),
    OVERWRITE_1_MIB("disk: 1 MiB overwrite + fdatasync", 1 << 20, true),
    APPEND_1_KIB("disk: 1 KiB append + fdatasync", 1 << 10, false);

    private static final int FILE_BYTES = 128 << 20;

    private final String title;
    private final int writeBytes;
    private final boolean overwriting;

    DiskLoop(String title, int writeBytes, boolean overwriting) {
        this.title = title;
        this.writeBytes = writeBytes;
        this.overwriting = overwriting;
    }

    public String title() {
        return title;
    }

    public int writeBytes() {
        return writeBytes;
    }

    /** Runs the loop in a directory. Returns one latency for each write with its sync. */
    public Tally run(Path directory, Duration duration) throws IOException {
        Path file = Files.createDirectories(directory).resolve("loop");
        ByteBuffer block = ByteBuffer.allocateDirect(writeBytes);
        byte[] content = new byte[writeBytes];
        new Random(1).nextBytes(content);
        block.put(content);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            if (overwriting) {
                preallocate(channel);
            }
            return loop(channel, block, duration);
        } finally {
            FileTree.delete(file);
        }
    }

    private static void preallocate(FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        for (long at = 0; at < FILE_BYTES; at += zeros.capacity()) {
            channel.write(zeros.clear(), at);
        }
        channel.force(true);
    }

    private Tally loop(FileChannel channel, ByteBuffer block, Duration duration) throws IOException {
        Tally tally = new Tally();
        long start = System.nanoTime();
        long now = start;
        for (long i = 0; now - start < duration.toNanos(); i++) {
            long at = i * writeBytes;
            channel.write(block.clear(), overwriting ? at % FILE_BYTES : at);
            channel.force(false);
            long done = System.nanoTime();
            tally.addLatency(done - now);
            now = done;
        }
        tally.over(now - start);
        return tally;
    }
}
