package io.millrace.video.fragments;

import io.millrace.durable.memory.MemoryPlan;
import java.util.Locale;

/**
 * How a node stores its fragments.
 *
 * @param segmentBytes the size at which a segment is closed, 4 KiB to 1 GiB
 * @param memoryBytes how much the fragments of streams without retention may take together
 */
public record FragmentSettings(long segmentBytes, long memoryBytes) {
    private static final long MEBIBYTE = 1024 * 1024;

    public FragmentSettings {
        if (segmentBytes < 4096 || segmentBytes > 1024 * MEBIBYTE) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "segment: %d bytes (expected: 4 KiB to 1 GiB)", segmentBytes));
        }
        if (memoryBytes < 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "memory: %d bytes (expected: at least 0)", memoryBytes));
        }
    }

    public static FragmentSettings of(MemoryPlan memory) {
        return new FragmentSettings(256 * MEBIBYTE, memory.bytes(MemoryPlan.Share.KEPT_MEDIA));
    }
}
