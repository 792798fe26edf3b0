package io.millrace.analytics.control;

import org.jspecify.annotations.Nullable;

/**
 * What a job has replaced, and returns to if it fails before its first checkpoint.
 *
 * @param path the newest checkpoint; absent if there was none
 * @param failure why it had ended for good; absent if it had not
 */
record Predecessor(
        JobSpec spec, @Nullable String path, @Nullable String failure) {

    /** Returns the way back. */
    Successor returning(String why) {
        return new Successor(spec, null, why, path, failure);
    }
}
