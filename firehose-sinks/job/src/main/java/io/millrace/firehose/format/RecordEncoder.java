package io.millrace.firehose.format;

import io.millrace.firehose.delivery.DeliveryRecord;
import java.io.IOException;
import java.io.OutputStream;

/** Turns records into the bytes of one object. Deterministic: the same records give the same bytes. Thread-safe. */
public interface RecordEncoder {

    /**
     * Writes an object and leaves the stream open. Returns how many records are part of it.
     *
     * @param records are gone through once
     * @param rejections is told of each record that cannot be part of it
     */
    long encode(Iterable<DeliveryRecord> records, OutputStream out, Rejections rejections) throws IOException;

    /** Returns the usual end of such an object's name, for example {@code .gz}; may be empty. */
    String extension();

    /** Returns about how much heap is in use while an object is written. */
    long heapBytes();

    /** A record that could not be encoded. */
    record Rejected(DeliveryRecord record, String code, String message) {}

    /** Takes the records that could not be encoded. */
    @FunctionalInterface
    interface Rejections {
        void reject(Rejected rejected) throws IOException;
    }
}
