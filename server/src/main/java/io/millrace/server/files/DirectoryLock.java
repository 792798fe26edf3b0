package io.millrace.server.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.millrace.durable.disk.Directories;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The right to use a directory alone, and the memory of whether the last user of it went in order.
 *
 * <p>The lock is a file beside the directory, {@code <name>.lock}, which stays. The operating system gives the lock
 * back however the holder ends. While {@link #begin} is in force the file holds the time given to it; an orderly {@link
 * #close()} empties it. So a free lock with a time in it was left by a process that was killed. Thread-safe.
 */
public final class DirectoryLock implements Closeable {
    private static final int MAX_BYTES = 64;

    private final FileChannel channel;
    private final Path file;
    private final @Nullable Instant interrupted;

    private DirectoryLock(Path file, FileChannel channel, @Nullable Instant interrupted) {
        this.file = file;
        this.channel = channel;
        this.interrupted = interrupted;
    }

    /**
     * Takes the lock of a directory, whose parents are made when missing.
     *
     * @throws IOException if another process, or another part of this one, has it
     */
    public static DirectoryLock take(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath().normalize();
        Path file = absolute.resolveSibling(absolute.getFileName() + ".lock");
        Directories.create(file.resolveSibling("."));
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            if (!tryLock(channel)) {
                throw new IOException(String.format(Locale.ROOT, "%s is in use by another process", absolute));
            }
            taken = true;
            return new DirectoryLock(file, channel, read(channel));
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static @Nullable Instant read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
        channel.read(bytes, 0);
        String text = new String(bytes.array(), 0, bytes.position(), US_ASCII);
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null; // an earlier version did not sync the file: nothing can be said of that run
        }
    }

    /** Returns when the process began that used the directory last and was killed, or nothing if it ended in order. */
    public Optional<Instant> interruptedRun() {
        return Optional.ofNullable(interrupted);
    }

    /** Says that what an interrupted run left has been dealt with, and that this run begins. */
    public void begin(Instant now) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(now.toString().getBytes(US_ASCII)), 0);
        channel.force(true);
        Directories.sync(file.resolveSibling("."));
    }

    /** Gives the directory back, in order. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.truncate(0);
            channel.close();
        }
    }
}
