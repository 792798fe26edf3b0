package io.millrace.ingest.log.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The files of a folder as they once were. Blocks of zeros take no room, so that preallocated files are cheap. */
final class Snapshot {
    private static final int BLOCK_BYTES = 4096;
    private static final long SECOND_HEADER_BYTES = 4096; // the last page of a file of the write-ahead log

    private final List<Content> files = new ArrayList<>();

    private Snapshot() {}

    /**
     * One file.
     *
     * @param path from the folder on
     * @param blocks those that are not all zeros, by position
     */
    record Content(Path path, long lengthBytes, TreeMap<Long, byte[]> blocks) {
        /** Returns the position behind the last block that is not all zeros. */
        long usedBytes() {
            return blocks.isEmpty() ? 0 : blocks.lastKey() + blocks.lastEntry().getValue().length;
        }

        /** Returns the position behind the last byte that is not zero, in a file of the write-ahead log of its frames. */
        long lastUsedByte() {
            long end = path.startsWith("wal") ? lengthBytes - SECOND_HEADER_BYTES : lengthBytes;
            Map.Entry<Long, byte[]> last = blocks.lowerEntry(end);
            if (last == null) {
                return 0;
            }
            int length = (int) Math.min(last.getValue().length, end - last.getKey());
            while (length > 0 && last.getValue()[length - 1] == 0) {
                length--;
            }
            return last.getKey() + length;
        }

        void restore(Path folder) throws IOException {
            Path target = folder.resolve(path);
            Files.createDirectories(target.getParent());
            Files.deleteIfExists(target);
            try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
                file.setLength(lengthBytes);
                for (var block : blocks.entrySet()) {
                    file.seek(block.getKey());
                    file.write(block.getValue());
                }
            }
        }
    }

    static Snapshot of(Path folder) throws IOException {
        Snapshot snapshot = new Snapshot();
        for (Path path : Trees.filesIn(folder)) {
            TreeMap<Long, byte[]> blocks = new TreeMap<>();
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
                byte[] block = new byte[BLOCK_BYTES];
                for (long at = 0; at < file.length(); at += BLOCK_BYTES) {
                    int length = (int) Math.min(BLOCK_BYTES, file.length() - at);
                    file.readFully(block, 0, length);
                    byte[] content = Arrays.copyOf(block, length);
                    if (!Arrays.equals(content, new byte[length])) {
                        blocks.put(at, content);
                    }
                }
                snapshot.files.add(new Content(folder.relativize(path), file.length(), blocks));
            }
        }
        return snapshot;
    }

    List<Content> files() {
        return List.copyOf(files);
    }

    void restore(Path folder) throws IOException {
        for (Content file : files) {
            file.restore(folder);
        }
    }
}
