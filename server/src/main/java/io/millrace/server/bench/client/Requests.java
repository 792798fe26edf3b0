package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Whole requests as bytes, made once and sent many times, with the headers that an SDK sends. Signatures are good for
 * some minutes only where a node looks at them.
 *
 * <p>They are direct buffers, so that sending copies nothing more than the kernel does. Confined to one thread.
 */
public final class Requests {
    private final Target target;
    private final WireFormat format;
    private final Random random;

    /** @param seed of the record data and partition keys */
    public Requests(Target target, WireFormat format, long seed) {
        this.target = target;
        this.format = format;
        this.random = new Random(seed);
    }

    public WireFormat format() {
        return format;
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
        return call("GetRecords", ordered("ShardIterator", iterator, "Limit", limit));
    }

    /** Returns a GetShardIterator that asks for the first record since a time. */
    public ByteBuffer iteratorAtTime(String stream, String shard, long epochMillis) {
        Map<String, Object> body = ordered("StreamName", stream, "ShardId", shard);
        body.put("ShardIteratorType", "AT_TIMESTAMP");
        body.put("Timestamp", format == WireFormat.JSON ? (Object) (epochMillis / 1000.0) : (Object) epochMillis);
        return call("GetShardIterator", body);
    }

    /**
     * Returns a PutRecords whose records begin with the time at which it is sent. Its signature speaks of another body,
     * so that a node which looks at signatures refuses it.
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
        byte[] content = format.write(body);
        StringBuilder head = new StringBuilder("POST / HTTP/1.1\r\nHost: ").append(target.authority());
        target.headers(format, operation, content)
                .forEach((name, value) ->
                        head.append("\r\n").append(name).append(": ").append(value));
        head.append("\r\nUser-Agent: millrace-bench\r\nContent-Length: ").append(content.length);
        byte[] start = head.append("\r\n\r\n").toString().getBytes(US_ASCII);
        return ByteBuffer.allocateDirect(start.length + content.length)
                .put(start)
                .put(content)
                .flip();
    }

    /** Returns as many requests as {@code count}, made one after the other. */
    public static ByteBuffer[] prepare(int count, Supplier<ByteBuffer> made) {
        ByteBuffer[] prepared = new ByteBuffer[count];
        Arrays.setAll(prepared, i -> made.get());
        return prepared;
    }
}
