package io.millrace.firehose.ledger;

import java.io.IOException;

/** An upload can be completed no more: it was aborted, and the object is not there. */
public final class UploadGoneException extends IOException {
    private static final long serialVersionUID = 1;

    public UploadGoneException(String path, Throwable cause) {
        super(path + ": the upload is gone and the object is not there", cause);
    }
}
