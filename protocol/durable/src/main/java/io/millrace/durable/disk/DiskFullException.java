package io.millrace.durable.disk;

import java.io.IOException;

/** The disk is nearly full: nothing is written until there is room again, and what is there can be read. */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1;

    public DiskFullException(String message) {
        super(message);
    }

    public DiskFullException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * Tells whether a write failed for want of room. Java has no exception of its own for a full disk or an exhausted
     * quota; the texts of the C library are fixed.
     */
    public static boolean isMeantBy(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("No space left on device") || text.contains("Disk quota exceeded");
    }
}
