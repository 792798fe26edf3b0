package io.millrace.ingest.streams;

import org.jspecify.annotations.Nullable;

/** Records on their way in, numbered from 0, as places in arrays that nobody changes. */
public interface RecordSource {
    int count();

    /** Returns the array that holds a partition key in UTF-8. */
    byte[] keyArray(int record);

    int keyOffset(int record);

    int keyLength(int record);

    @Nullable
    HashKey explicitHashKey(int record);

    int dataLength(int record);

    /** Copies the record's data to a position in an array. */
    void copyData(int record, byte[] target, int at);
}
