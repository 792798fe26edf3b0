package io.millrace.firehose.ledger;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Attempts to deliver that failed and are in no version of the ledger yet. They are kept by the process, since a
 * failure ends the task, and the ledger often cannot be written while it lasts. Thread-safe.
 */
public final class FailedAttempts {
    private static final Map<String, FailedAttempts> OF_PROCESS = new ConcurrentHashMap<>();

    // Guarded by this.
    private long objects;
    private long copies;

    /** @param copies into the warehouse */
    record Counts(long objects, long copies) {}

    /** Returns those of a delivery in this process. */
    public static FailedAttempts of(String delivery) {
        return OF_PROCESS.computeIfAbsent(delivery, name -> new FailedAttempts());
    }

    synchronized void object() {
        objects++;
    }

    synchronized void copy() {
        copies++;
    }

    synchronized Counts counts() {
        return new Counts(objects, copies);
    }

    /** Forgets what the ledger has. */
    synchronized void written(Counts counts) {
        objects -= counts.objects();
        copies -= counts.copies();
    }
}
