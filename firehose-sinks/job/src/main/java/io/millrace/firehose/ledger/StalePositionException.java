package io.millrace.firehose.ledger;

import java.io.IOException;

/**
 * The ledger is not where this job has thought: another job has delivered, and this one has to begin from the ledger
 * again.
 */
public final class StalePositionException extends IOException {
    private static final long serialVersionUID = 1;

    public StalePositionException(String message) {
        super(message);
    }
}
