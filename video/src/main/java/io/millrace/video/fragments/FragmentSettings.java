package io.millrace.video.fragments;

import java.util.Locale;

/**
 * How a node stores its fragments.
 *
 * @param segmentBytes the size at which a segment is closed, 1 MiB to 1 GiB
 * @param memoryBytes how much the fragments of streams without retention may take together
 */
public record FragmentSettings(long segmentBytes, long memoryBytes) {
    private static final long MEBIBYTE = 1024 * 1024;

    public FragmentSettings {
        if (segmentBytes < MEBIBYTE || segmentBytes > 1024 * MEBIBYTE) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "segment: %d bytes (expected: 1 MiB to 1 GiB)", segmentBytes));
        }
        if (memoryBytes < 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "memory: %d bytes (expected: at least 0)", memoryBytes));
        }
    }

    /** What is left free on the disk for indexes and documents; a twentieth of the disk when that is less. */
    static final long RESERVE_BYTES = 2048 * MEBIBYTE;

    public static FragmentSettings defaults() {
        return new FragmentSettings(256 * MEBIBYTE, Runtime.getRuntime().maxMemory() / 8);
    }
}
