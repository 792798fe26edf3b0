package io.millrace.ingest.codec;

/** A body is not for the hot decoders. Says nothing more, since the generic way reads it again; so it has no trace. */
final class UncommonBodyException extends Exception {
    UncommonBodyException() {
        super("not for this codec", null, false, false);
    }
}
