package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects records out of frames from an offset on until a limit is reached. Confined to one thread.
 *
 * <p>The records are windows on the frames' arrays, or on a decrypted copy; nothing is copied.
 */
final class RecordCursor {
    private final DataKeys keys;
    private final int maxRecords;
    private final long maxBytes;
    private final List<StoredRecord> records = new ArrayList<>();
    private long nextOffset;
    private long bytes;
    private boolean full;

    RecordCursor(DataKeys keys, long fromOffset, int maxRecords, long maxBytes) {
        this.keys = keys;
        this.nextOffset = fromOffset;
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
        this.full = maxRecords <= 0;
    }

    List<StoredRecord> records() {
        return records;
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    /** Tells whether no further record will be taken. */
    boolean isFull() {
        return full;
    }

    /** Returns the offset of the first record that is still wanted. */
    long nextOffset() {
        return nextOffset;
    }

    /** Takes the frame's records from {@link #nextOffset} on. */
    void take(Frame frame) throws IOException {
        if (full || frame.endOffset() <= nextOffset) {
            return;
        }
        byte[] payload = frame.array();
        int at = frame.payloadStart();
        if (frame.keyNumber() != 0) {
            payload = keys.decrypt(frame);
            at = 0;
        }
        ByteBuffer in = ByteBuffer.wrap(payload);
        for (long offset = frame.baseOffset(); offset < frame.endOffset() && !full; offset++) {
            int dataLength = in.getInt(at);
            int keyLength = Short.toUnsignedInt(in.getShort(at + 4));
            int keyAt = at + ShardBatch.RECORD_OVERHEAD_BYTES;
            at = keyAt + keyLength + dataLength;
            if (offset >= nextOffset) {
                if (!records.isEmpty() && bytes + keyLength + dataLength > maxBytes) {
                    full = true;
                } else {
                    records.add(new StoredRecord(
                            offset,
                            frame.arrivalEpochMillis(),
                            frame.keyNumber() != 0,
                            payload,
                            keyAt,
                            keyLength,
                            keyAt + keyLength,
                            dataLength));
                    bytes += keyLength + (long) dataLength;
                    nextOffset = offset + 1;
                    full = records.size() >= maxRecords || bytes >= maxBytes;
                }
            }
        }
    }
}
