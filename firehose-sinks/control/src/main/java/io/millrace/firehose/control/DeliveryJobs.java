package io.millrace.firehose.control;

import org.jspecify.annotations.Nullable;

/** Runs delivery jobs. What is wanted stays wanted over restarts. No call waits for a job. */
public interface DeliveryJobs {

    /** Returns the URL by which jobs reach the streams; nothing where their own environment says it. */
    default @Nullable String sourceEndpoint() {
        return null;
    }

    /** Returns the JDBC URL of the node's own warehouse; nothing while there is none. */
    default @Nullable String ownWarehouse() {
        return null;
    }

    /**
     * Wants a job to run from now on.
     *
     * @param name of the delivery stream
     * @param specification for the job, as JSON
     */
    void want(String name, String specification);

    /** Ends a job for good, soon after the call; one that is not there is no error. */
    void stop(String name);

    /** Returns why a job does not deliver at present, as far as is known; empty if it does or there is none. */
    default String trouble(String name) {
        return "";
    }

    /** Tells whether jobs would find no such bucket; false also while that is not known. Takes up to a second. */
    default boolean isMissing(String bucket) {
        return false;
    }
}
