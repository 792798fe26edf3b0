package io.millrace.ingest.log.segment;

import io.millrace.durable.memory.MemoryPlan;
import io.millrace.ingest.log.Durability;
import java.time.Duration;
import java.util.Locale;

/**
 * How an embedded log works. Sizes in bytes.
 *
 * @param codec how blocks of shard files are compressed
 * @param memoryBytes for appends under way and records that are in no shard file yet; appends beyond are refused
 * @param firstWalFileBytes the first file of the write-ahead log
 * @param walFileBytes every other file of it
 * @param spareWalFiles how many are kept for being used again
 * @param checkpointBytes of the write-ahead log after which a checkpoint is taken
 * @param checkpointEvery the time after which one is taken if anything was appended
 * @param patience how long appends wait for shard files that are written more slowly than they come
 * @param segmentBytes the size at which a shard file is closed
 * @param segmentSpan the time between arrivals at which a shard file is closed
 */
public record LogOptions(
        Durability durability,
        BlockCodec codec,
        long memoryBytes,
        long firstWalFileBytes,
        long walFileBytes,
        int spareWalFiles,
        long checkpointBytes,
        Duration checkpointEvery,
        Duration patience,
        long segmentBytes,
        Duration segmentSpan) {
    private static final long MEBIBYTE = 1024 * 1024;

    public LogOptions {
        if (firstWalFileBytes % WalSegment.PAGE_BYTES != 0
                || walFileBytes % WalSegment.PAGE_BYTES != 0
                || Math.min(firstWalFileBytes, walFileBytes) < 4 * WalSegment.PAGE_BYTES) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "write-ahead log files: %d and %d bytes (expected: whole pages of %d, four or more)",
                    firstWalFileBytes,
                    walFileBytes,
                    WalSegment.PAGE_BYTES));
        }
    }

    /** What a node uses. */
    public static LogOptions of(Durability durability) {
        return new LogOptions(
                durability,
                BlockCodec.NONE,
                MemoryPlan.ofThisProcess().bytes(MemoryPlan.Share.LOG_APPENDS),
                4 * MEBIBYTE,
                64 * MEBIBYTE,
                8,
                256 * MEBIBYTE,
                Duration.ofSeconds(60),
                Duration.ofSeconds(2),
                64 * MEBIBYTE,
                Duration.ofHours(4));
    }

    /** Returns options under which the write-ahead log takes a reasonable part of a small disk. */
    LogOptions fittedTo(long diskBytes) {
        long page = WalSegment.PAGE_BYTES;
        long file = Math.min(walFileBytes, Math.max(MEBIBYTE, diskBytes / 64 / page * page));
        return with(codec, memoryBytes, file);
    }

    public LogOptions withCodec(BlockCodec other) {
        return with(other, memoryBytes, walFileBytes);
    }

    public LogOptions withMemoryBytes(long other) {
        return with(codec, other, walFileBytes);
    }

    /** @param walFile at most the present one; what depends on it shrinks with it */
    private LogOptions with(BlockCodec otherCodec, long otherMemoryBytes, long walFile) {
        return new LogOptions(
                durability,
                otherCodec,
                otherMemoryBytes,
                Math.min(firstWalFileBytes, walFile),
                walFile,
                spareWalFiles,
                Math.min(checkpointBytes, 8 * walFile),
                checkpointEvery,
                patience,
                segmentBytes,
                segmentSpan);
    }
}
