package io.millrace.video.fragments;

import java.io.IOException;
import java.util.Locale;

/** The stream was deleted while a fragment was on its way to the disk. */
public final class StreamGoneException extends IOException {
    private static final long serialVersionUID = 1;

    StreamGoneException(long stream) {
        super(String.format(Locale.ROOT, "stream %d was deleted", stream));
    }
}
