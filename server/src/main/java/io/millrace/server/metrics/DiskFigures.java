package io.millrace.server.metrics;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Room on the disk of the data directory. Thread-safe. */
public final class DiskFigures implements FigureSource {
    private final Supplier<Room> room;

    /** What the file system of the data directory has, in bytes. */
    public record Room(long freeBytes, long sizeBytes) {
        public static final Room UNKNOWN = new Room(0, 0);

        /** Asks the file system, which may take long. */
        public static Room of(Path directory) throws IOException {
            FileStore store = Files.getFileStore(directory);
            return new Room(store.getUsableSpace(), store.getTotalSpace());
        }
    }

    /** @param room as last seen; must not wait */
    public DiskFigures(Supplier<Room> room) {
        this.room = room;
    }

    @Override
    public void addTo(Figures figures) {
        Room now = room.get();
        if (now.sizeBytes() > 0) {
            figures.gauge("millrace_disk_free_bytes", "What the node may still write to its disk.", now.freeBytes());
            figures.gauge("millrace_disk_size_bytes", "The size of the disk of the data directory.", now.sizeBytes());
        }
    }
}
