package io.millrace.ingest.log;

import java.io.IOException;
import java.nio.file.Path;

/** Acknowledged data on disk is damaged. Nothing was changed; the operator decides. */
public final class CorruptLogException extends IOException {
    private static final long serialVersionUID = 1;

    public CorruptLogException(Path file, long position, String what) {
        super("%s: %s (position: %d)".formatted(file, what, position));
    }
}
