package io.millrace.ingest.log.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Damage to one file of a log. */
sealed interface Damage {
    /** The file as it was before. */
    Snapshot.Content file();

    void apply(RandomAccessFile target) throws IOException;

    /**
     * Tells whether all that the file says from some place on is gone. Where that was the newest file of a log, what is
     * left is what a kill at an earlier moment leaves, and nothing on the disk can tell the two apart.
     */
    boolean takesTheEnd();

    /** Damages the file in a folder. */
    default void applyIn(Path folder) throws IOException {
        try (RandomAccessFile target =
                new RandomAccessFile(folder.resolve(file().path()).toFile(), "rw")) {
            apply(target);
        }
    }

    /** One bit has the other value. */
    record Flip(Snapshot.Content file, long bit) implements Damage {
        @Override
        public void apply(RandomAccessFile target) throws IOException {
            target.seek(bit / 8);
            int value = target.read();
            target.seek(bit / 8);
            target.write(value ^ (1 << (bit % 8)));
        }

        @Override
        public boolean takesTheEnd() {
            return false;
        }

        @Override
        public String toString() {
            return "bit %d of byte %d of %s flipped".formatted(bit % 8, bit / 8, file.path());
        }
    }

    /** The file ends earlier. */
    record Cut(Snapshot.Content file, long lengthBytes) implements Damage {
        @Override
        public void apply(RandomAccessFile target) throws IOException {
            target.setLength(lengthBytes);
        }

        @Override
        public boolean takesTheEnd() {
            return true;
        }

        @Override
        public String toString() {
            return "%s cut to %d of %d bytes".formatted(file.path(), lengthBytes, file.lengthBytes());
        }
    }

    /** A block has become zeros. */
    record Zeros(Snapshot.Content file, long position, int blockBytes) implements Damage {
        @Override
        public void apply(RandomAccessFile target) throws IOException {
            target.seek(position);
            target.write(new byte[(int) Math.min(blockBytes, file.lengthBytes() - position)]);
        }

        @Override
        public boolean takesTheEnd() {
            return position + blockBytes >= file.lastUsedByte();
        }

        @Override
        public String toString() {
            return "%d bytes of %s zeroed from %d on".formatted(blockBytes, file.path(), position);
        }
    }
}
