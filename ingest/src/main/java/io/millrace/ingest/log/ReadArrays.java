package io.millrace.ingest.log;

/** Where a log takes the arrays that it reads records from disk into. */
@FunctionalInterface
public interface ReadArrays {
    /** Arrays that nobody has had before, and that the collector takes. */
    ReadArrays NEW = byte[]::new;

    /** Returns an array of at least this length with anything in it. */
    byte[] take(int length);
}
