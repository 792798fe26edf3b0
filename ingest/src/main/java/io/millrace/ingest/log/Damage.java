package io.millrace.ingest.log;

import java.util.Locale;

/**
 * A place where a log's files are not what was written to them.
 *
 * @param file relative to the log's directory
 * @param position in bytes
 */
public record Damage(String file, long position, String what) {
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s: %s (position: %d)", file, what, position);
    }
}
