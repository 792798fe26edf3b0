package io.millrace.ingest.log.faults;

import io.millrace.durable.disk.Directories;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.KeyProvider;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.segment.BlockCodec;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import io.millrace.ingest.log.segment.LogOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/** A log that needs several files of each kind for a hundred kilobytes, and is opened in a moment. */
final class SmallLog {
    /** What stands for such a log where otherwise a {@link Durability} is named. */
    static final String NAME = "small";

    private static final long MEMORY_BYTES = 96 * 1024;
    private static final long WAL_FILE_BYTES = 64 * 1024;
    private static final long SEGMENT_BYTES = 16 * 1024;

    private SmallLog() {}

    static ShardLog open(Path directory, InstantSource clock) throws IOException {
        LogOptions options = new LogOptions(
                new Durability.Fsync(),
                BlockCodec.NONE,
                MEMORY_BYTES,
                WAL_FILE_BYTES,
                WAL_FILE_BYTES,
                2,
                8 * WAL_FILE_BYTES,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                SEGMENT_BYTES,
                Duration.ofHours(1));
        Directories.create(directory);
        DiskGuard guard = new DiskGuard(new FileSystemDisk(), directory, 0);
        return EmbeddedShardLog.open(directory, guard, options, clock, new NoKeys());
    }

    /** Nothing is encrypted here. */
    private static final class NoKeys implements KeyProvider {
        @Override
        public DataKey newDataKey(String keyId) throws IOException {
            throw new IOException(keyId);
        }

        @Override
        public byte[] unwrap(String keyId, byte[] wrapped) throws IOException {
            throw new IOException(keyId);
        }
    }
}
