package io.millrace.video.fragments;

import java.io.IOException;

/** A fragment was not stored since the disk has no room. The store goes on: a later one may fare better. */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1;

    DiskFullException(String message) {
        super(message);
    }

    DiskFullException(String message, IOException cause) {
        super(message, cause);
    }
}
