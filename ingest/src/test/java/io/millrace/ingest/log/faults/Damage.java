package io.millrace.ingest.log.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Damage to one file of a log. */
sealed interface Damage {
    /** The file as it was before. */
    Snapshot.Content file();

    void apply(RandomAccessFile target) throws IOException;

    /** Returns the position behind what is not as it was. */
    long endPosition();

    /** Tells whether all that the file says from some place on has become zeros. */
    default boolean zeroesTheEnd() {
        return false;
    }

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
        public long endPosition() {
            return bit / 8 + 1;
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
        public long endPosition() {
            return file.lengthBytes();
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
        public long endPosition() {
            return position + blockBytes;
        }

        @Override
        public boolean zeroesTheEnd() {
            return position + blockBytes >= file.lastUsedByte();
        }

        @Override
        public String toString() {
            return "%d bytes of %s zeroed from %d on".formatted(blockBytes, file.path(), position);
        }
    }
}
