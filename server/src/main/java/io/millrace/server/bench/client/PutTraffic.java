package io.millrace.server.bench.client;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Puts out of a set of prepared requests, in turn; each connection begins at another one of them. */
public final class PutTraffic implements Traffic {
    private static final int OK = 200;

    private final ByteBuffer[] requests;
    private final WireFormat format;
    private final int records;
    private final int recordBytes;
    private final int[] next;
    private long left;

    /**
     * @param shape what is in each request
     * @param limit after so many requests there are no more
     */
    public PutTraffic(ByteBuffer[] requests, WireFormat format, Shape shape, int connections, long limit) {
        this.requests = requests;
        this.format = format;
        this.records = shape.records();
        this.recordBytes = shape.recordBytes();
        this.left = limit;
        next = new int[connections];
        for (int i = 0; i < connections; i++) {
            next[i] = (int) ((long) i * requests.length / connections);
        }
    }

    /**
     * What is in each request.
     *
     * @param records of a PutRecords, or the 1 of a PutRecord
     * @param recordBytes of data, without the partition key
     */
    public record Shape(int records, int recordBytes) {}

    @Override
    public @Nullable ByteBuffer next(int connection) {
        if (left == 0) {
            return null;
        }
        left--;
        int chosen = next[connection];
        next[connection] = (chosen + 1) % requests.length;
        return requests[chosen].duplicate();
    }

    @Override
    public Outcome answered(int connection, ResponseScanner answer) {
        return outcome(answer, format, records, recordBytes);
    }

    static Outcome outcome(ResponseScanner answer, WireFormat format, int records, int recordBytes) {
        boolean whole = answer.status() == OK
                && (records == 1
                        ? !ErrorName.isIn(answer.bytes(), answer.bodyStart(), answer.bodyEnd())
                        : format.saysNoneFailed(answer.bytes(), answer.bodyStart(), answer.bodyEnd()));
        return whole
                ? new Outcome(records, (long) records * recordBytes, null)
                : Outcome.failed(ErrorName.of(answer.status(), answer.bytes(), answer.bodyStart(), answer.bodyEnd()));
    }
}
