package io.millrace.ingest.log;

/**
 * A place where a log's files are not what was written to them.
 *
 * @param file relative to the log's directory
 * @param position in bytes
 */
public record Damage(String file, long position, String what) {
    @Override
    public String toString() {
        return "%s: %s (position: %d)".formatted(file, what, position);
    }
}
