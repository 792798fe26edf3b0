package io.millrace.firehose.ledger;

import java.io.IOException;

/** A version of the ledger cannot be read. */
public final class DamagedLedgerException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedLedgerException(Throwable cause) {
        super("the ledger of the delivery is damaged", cause);
    }
}
