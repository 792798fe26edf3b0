package io.millrace.server.bench.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The memory in which Linux keeps what files hold, filled so that no memory is free: as it is on every machine that has
 * written or read for some minutes. What is written then goes into memory that was in use a moment before. On a virtual
 * machine that gives free memory back to its host, memory that was not costs some nanoseconds a byte, and a measurement
 * on a fresh machine mostly shows that.
 *
 * <p>A file without content, as long as all memory, takes the place of what others have read; it needs no room on the
 * disk and is gone with the process. Confined to one thread.
 */
public final class PageCache {
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final int READ_BYTES = 1 << 20;

    private final FileChannel file;
    private final long bytes;
    private final Consumer<String> lines;

    private PageCache(FileChannel file, long bytes, Consumer<String> lines) {
        this.file = file;
        this.bytes = bytes;
        this.lines = lines;
    }

    /**
     * Makes the file in a directory.
     *
     * @param lines is told of progress
     * @throws IOException if the system is not Linux
     */
    static PageCache in(Path directory, Consumer<String> lines) throws IOException {
        if (!Files.isReadable(MEMORY)) {
            throw new IOException(
                    String.format(Locale.ROOT, "--full-page-cache needs %s, which only Linux has", MEMORY));
        }
        return ofSize(totalBytes(Files.readAllLines(MEMORY)), directory, lines);
    }

    static PageCache ofSize(long bytes, Path directory, Consumer<String> lines) throws IOException {
        FileChannel file = FileChannel.open(
                directory.resolve("page-cache"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        file.write(ByteBuffer.allocate(1), bytes - 1);
        return new PageCache(file, bytes, lines);
    }

    /** Returns when all memory is in use. */
    void fill() throws IOException {
        long began = System.nanoTime();
        ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
        long position = 0;
        while (position < bytes) {
            position += file.read(buffer.clear(), position);
        }
        lines.accept(
                String.format(Locale.ROOT, "page cache filled in %d s", (System.nanoTime() - began) / 1_000_000_000));
    }

    /** Returns the size of the machine's memory, which stands there as {@code MemTotal:  24683996 kB}. */
    static long totalBytes(List<String> meminfo) throws IOException {
        String total = meminfo.stream()
                .filter(line -> line.startsWith("MemTotal:"))
                .findFirst()
                .orElseThrow(() -> new IOException(String.format(Locale.ROOT, "%s has no MemTotal", MEMORY)));
        return Long.parseLong(total.replaceAll("\\D", "")) << 10;
    }
}
