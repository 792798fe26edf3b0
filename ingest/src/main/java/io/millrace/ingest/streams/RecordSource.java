package io.millrace.ingest.streams;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records on their way in, numbered from 0, as places in arrays that nobody changes. */
public interface RecordSource {
    int count();

    /** Returns the array that holds a partition key in UTF-8; a record without a key has one of no length. */
    byte[] keyArray(int record);

    int keyOffset(int record);

    int keyLength(int record);

    @Nullable
    HashKey explicitHashKey(int record);

    int dataLength(int record);

    /** Copies the record's data to a position in an array. */
    void copyData(int record, byte[] target, int at);

    /** A record as an object of its own. */
    record Single(byte[] key, @Nullable HashKey explicitHashKey, byte[] data) {
        /** @param partitionKey absent in records that need none */
        public static Single of(@Nullable String partitionKey, @Nullable HashKey explicitHashKey, byte[] data) {
            byte[] key = partitionKey == null ? new byte[0] : partitionKey.getBytes(StandardCharsets.UTF_8);
            return new Single(key, explicitHashKey, data);
        }
    }

    /** Returns records at hand as objects. */
    static RecordSource of(List<Single> records) {
        return new RecordSource() {
            @Override
            public int count() {
                return records.size();
            }

            @Override
            public byte[] keyArray(int record) {
                return records.get(record).key();
            }

            @Override
            public int keyOffset(int record) {
                return 0;
            }

            @Override
            public int keyLength(int record) {
                return keyArray(record).length;
            }

            @Override
            public @Nullable HashKey explicitHashKey(int record) {
                return records.get(record).explicitHashKey();
            }

            @Override
            public int dataLength(int record) {
                return records.get(record).data().length;
            }

            @Override
            public void copyData(int record, byte[] target, int at) {
                System.arraycopy(records.get(record).data(), 0, target, at, dataLength(record));
            }
        };
    }
}
