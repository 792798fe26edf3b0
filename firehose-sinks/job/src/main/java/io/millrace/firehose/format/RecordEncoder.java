package io.millrace.firehose.format;

import io.millrace.firehose.delivery.DeliveryRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Turns a batch into the bytes of one object. Deterministic: the same records give the same bytes. Thread-safe. */
public interface RecordEncoder {

    /** Writes an object and leaves the stream open. Returns the records that could not be part of it, with the reason. */
    List<Rejected> encode(List<DeliveryRecord> records, OutputStream out) throws IOException;

    /** Returns the usual end of such an object's name, for example {@code .gz}; may be empty. */
    String extension();

    /** A record that could not be encoded. */
    record Rejected(DeliveryRecord record, String code, String message) {}
}
