package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Whole requests as bytes, made once and sent many times. They carry the headers that an SDK sends; the signature has
 * the shape of one and is none.
 *
 * <p>Puts are direct buffers, so that sending copies nothing more than the kernel does. Confined to one thread.
 */
public final class Requests {
    private static final String CREDENTIALS =
            "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/kinesis/aws4_request,"
                    + " SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + "0".repeat(64);
    private static final String DATE = "20260101T000000Z";

    private final String authority;
    private final WireFormat format;
    private final Random random;

    /** @param seed of the record data and partition keys */
    public Requests(InetSocketAddress address, WireFormat format, long seed) {
        this.authority = address.getHostString() + ":" + address.getPort();
        this.format = format;
        this.random = new Random(seed);
    }

    public WireFormat format() {
        return format;
    }

    /** The headers that every call has beside host, length, type and target. */
    static Map<String, String> credentials() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Amz-Date", DATE);
        headers.put("Authorization", CREDENTIALS);
        return headers;
    }

    /** Returns a PutRecords of random records, each with a partition key of its own. */
    public ByteBuffer putRecords(String stream, int records, int recordBytes) {
        Object[] entries = new Object[records];
        for (int i = 0; i < records; i++) {
            entries[i] = entry(randomBytes(recordBytes));
        }
        return call("PutRecords", ordered("StreamName", stream, "Records", Arrays.asList(entries)));
    }

    /** Returns a PutRecord of random bytes with a partition key of its own. */
    public ByteBuffer putRecord(String stream, int recordBytes) {
        Map<String, Object> body = entry(randomBytes(recordBytes));
        body.put("StreamName", stream);
        return call("PutRecord", body);
    }

    public ByteBuffer getRecords(String iterator, int limit) {
        return ByteBuffer.wrap(bytes("GetRecords", ordered("ShardIterator", iterator, "Limit", limit)));
    }

    /**
     * Returns a PutRecords whose records begin with the time at which it is sent.
     *
     * @throws IOException if the format is not JSON
     */
    public StampedRequest stampedPutRecords(String stream, int records, int recordBytes) throws IOException {
        if (format != WireFormat.JSON) {
            throw new IOException("the time of sending can be put into JSON only");
        }
        byte[] mark = randomBytes(StampedRequest.STAMP_BYTES);
        Object[] entries = new Object[records];
        for (int i = 0; i < records; i++) {
            byte[] data = randomBytes(recordBytes);
            System.arraycopy(mark, 0, data, 0, mark.length);
            entries[i] = entry(data);
        }
        ByteBuffer request = call("PutRecords", ordered("StreamName", stream, "Records", Arrays.asList(entries)));
        return StampedRequest.at(request, Base64.getEncoder().encode(mark));
    }

    private Map<String, Object> entry(byte[] data) {
        return ordered("Data", data, "PartitionKey", Long.toUnsignedString(random.nextLong(), 36));
    }

    private byte[] randomBytes(int count) {
        byte[] data = new byte[count];
        random.nextBytes(data);
        return data;
    }

    private static Map<String, Object> ordered(String first, Object firstValue, String second, Object secondValue) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put(first, firstValue);
        body.put(second, secondValue);
        return body;
    }

    private ByteBuffer call(String operation, Map<String, Object> body) {
        byte[] bytes = bytes(operation, body);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private byte[] bytes(String operation, Map<String, Object> body) {
        byte[] content = format.write(body);
        StringBuilder head = new StringBuilder("POST / HTTP/1.1\r\nHost: ").append(authority);
        head.append("\r\nContent-Type: ").append(format.contentType());
        head.append("\r\nX-Amz-Target: Kinesis_20131202.").append(operation);
        credentials()
                .forEach((name, value) ->
                        head.append("\r\n").append(name).append(": ").append(value));
        head.append("\r\nUser-Agent: millrace-bench\r\nContent-Length: ").append(content.length);
        byte[] start = head.append("\r\n\r\n").toString().getBytes(US_ASCII);
        return ByteBuffer.allocate(start.length + content.length)
                .put(start)
                .put(content)
                .array();
    }

    /** Returns as many requests as {@code count}, made one after the other. */
    public static ByteBuffer[] prepare(int count, Supplier<ByteBuffer> made) {
        ByteBuffer[] prepared = new ByteBuffer[count];
        Arrays.setAll(prepared, i -> made.get());
        return prepared;
    }
}
