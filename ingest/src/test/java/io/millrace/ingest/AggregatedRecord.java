package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads what the Kinesis Producer Library puts as one record: four magic bytes, a protocol buffer with a table of partition
 * keys, a table of explicit hash keys and the user's records, and the MD5 of the protocol buffer.
 */
final class AggregatedRecord {
    private static final byte[] MAGIC = HexFormat.of().parseHex("f3899ac2");
    private static final int MD5_BYTES = 16;

    /** @param explicitHashKey null when the partition key decides */
    record UserRecord(String partitionKey, String explicitHashKey, String data) {
        /** Returns what a reader sees of a record that stands alone: explicit hash keys are not kept. */
        UserRecord plain() {
            return new UserRecord(partitionKey, null, data);
        }

        BigInteger hashKey() {
            return explicitHashKey == null
                    ? new BigInteger(1, md5(partitionKey.getBytes(StandardCharsets.UTF_8)))
                    : new BigInteger(explicitHashKey);
        }
    }

    private AggregatedRecord() {}

    static boolean is(byte[] data) {
        return data.length >= MAGIC.length + MD5_BYTES && Arrays.equals(data, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    static List<UserRecord> userRecords(byte[] data) throws IOException {
        byte[] message = Arrays.copyOfRange(data, MAGIC.length, data.length - MD5_BYTES);
        assertThat(md5(message)).isEqualTo(Arrays.copyOfRange(data, data.length - MD5_BYTES, data.length));
        CodedInputStream in = CodedInputStream.newInstance(message);
        List<String> keys = new ArrayList<>();
        List<String> hashKeys = new ArrayList<>();
        List<byte[]> records = new ArrayList<>();
        while (!in.isAtEnd()) {
            switch (WireFormat.getTagFieldNumber(in.readTag())) {
                case 1 -> keys.add(in.readString());
                case 2 -> hashKeys.add(in.readString());
                case 3 -> records.add(in.readByteArray());
                default -> throw new IOException("unknown member of an aggregated record");
            }
        }
        List<UserRecord> user = new ArrayList<>();
        for (byte[] record : records) {
            user.add(userRecord(CodedInputStream.newInstance(record), keys, hashKeys));
        }
        return user;
    }

    private static UserRecord userRecord(CodedInputStream in, List<String> keys, List<String> hashKeys)
            throws IOException {
        String key = null;
        String hashKey = null;
        String data = null;
        while (!in.isAtEnd()) {
            switch (WireFormat.getTagFieldNumber(in.readTag())) {
                case 1 -> key = keys.get(in.readUInt32());
                case 2 -> hashKey = hashKeys.get(in.readUInt32());
                case 3 -> data = new String(in.readByteArray(), StandardCharsets.UTF_8);
                default -> throw new IOException("unknown member of a user record");
            }
        }
        assertThat(key).isNotNull();
        assertThat(data).isNotNull();
        return new UserRecord(key, hashKey, data);
    }

    private static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
