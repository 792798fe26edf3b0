package io.millrace.video.fragments;

import java.io.IOException;
import java.nio.file.Path;

/** Stored data that was acknowledged is damaged. Nothing was changed; the operator decides. */
public final class CorruptFragmentsException extends IOException {
    private static final long serialVersionUID = 1;

    CorruptFragmentsException(Path file, long position, String what) {
        super("%s: %s (position: %d)".formatted(file, what, position));
    }
}
