package io.millrace.ingest.log.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.StoredRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * The bytes of a record under test. They follow from shard, id and length, so that a reader can tell each byte.
 *
 * <pre>
 *  offset  size  field
 *       0     8  shard
 *       8     8  id: number of the writer (4 bytes) and its counter (4)
 *      16     4  CRC32C of all other bytes
 *      20        noise
 * </pre>
 */
final class Payload {
    static final int MIN_BYTES = 20;
    private static final int CHECKSUM_AT = 16;

    private Payload() {}

    static long id(int writer, int counter) {
        return (long) writer << 32 | counter;
    }

    static int writerOf(long id) {
        return (int) (id >> 32);
    }

    static int counterOf(long id) {
        return (int) id;
    }

    static NewRecord record(long shard, long id, int lengthInBytes) {
        return new NewRecord(key(id), data(shard, id, lengthInBytes));
    }

    /** Tells what is wrong with a record that was read from a shard; empty when nothing is. */
    static String faultOf(long shard, StoredRecord record) {
        byte[] data = record.data();
        if (data.length < MIN_BYTES) {
            return "%d bytes of data (expected: at least %d)".formatted(data.length, MIN_BYTES);
        }
        ByteBuffer fields = ByteBuffer.wrap(data);
        if (fields.getInt(CHECKSUM_AT) != checksum(data)) {
            return "the checksum in the data does not fit";
        }
        long id = idOf(record);
        if (fields.getLong(0) != shard) {
            return "a record of shard %d: %s".formatted(fields.getLong(0), name(id));
        }
        if (!Arrays.equals(data, data(shard, id, data.length))) {
            return "other bytes than were sent: " + name(id);
        }
        return Arrays.equals(record.key(), key(id)) ? "" : "another key than was sent: " + name(id);
    }

    static long idOf(StoredRecord record) {
        return ByteBuffer.wrap(record.data()).getLong(8);
    }

    static String name(long id) {
        return "record %d of writer %d".formatted(counterOf(id), writerOf(id));
    }

    private static byte[] key(long id) {
        return name(id).getBytes(UTF_8);
    }

    private static byte[] data(long shard, long id, int lengthInBytes) {
        byte[] data = new byte[lengthInBytes];
        new SplittableRandom(id * 31 + shard).nextBytes(data);
        ByteBuffer fields = ByteBuffer.wrap(data).putLong(shard).putLong(id);
        fields.putInt(checksum(data));
        return data;
    }

    private static int checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, CHECKSUM_AT);
        crc.update(data, MIN_BYTES, data.length - MIN_BYTES);
        return (int) crc.getValue();
    }
}
