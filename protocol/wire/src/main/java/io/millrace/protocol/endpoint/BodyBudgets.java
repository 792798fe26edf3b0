package io.millrace.protocol.endpoint;

/**
 * The memory for large bodies in two halves, so that those who announce very much hold up nobody but each other.
 *
 * @param large for bodies of up to a mebibyte
 * @param huge for longer ones
 */
record BodyBudgets(BodyBudget large, BodyBudget huge) {
    private static final int LARGE_BYTES = 1024 * 1024;

    static BodyBudgets sharing(long bytes) {
        return new BodyBudgets(new BodyBudget(bytes / 2), new BodyBudget(bytes / 2));
    }

    /** Returns how much room is to be asked for when a body of unknown length has come to some length. */
    static long nextRoom(long bytes) {
        return bytes <= LARGE_BYTES ? LARGE_BYTES : Long.MAX_VALUE;
    }

    long usedBytes() {
        return large.usedBytes() + huge.usedBytes();
    }

    BodyBudget of(long bodyBytes) {
        return bodyBytes <= LARGE_BYTES ? large : huge;
    }
}
