package io.millrace.video.fragments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Stored data that was acknowledged is damaged. Nothing was changed; the operator decides. */
public final class CorruptFragmentsException extends IOException {
    private static final long serialVersionUID = 1;

    CorruptFragmentsException(Path file, long position, String what) {
        super(String.format(Locale.ROOT, "%s: %s (position: %d)", file, what, position));
    }
}
