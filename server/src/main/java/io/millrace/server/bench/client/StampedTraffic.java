package io.millrace.server.bench.client;

import java.nio.ByteBuffer;
import java.util.List;

/** Puts whose records hold the time of their sending. One request at a time on each connection. */
public final class StampedTraffic implements Traffic {
    private final List<StampedRequest> requests;
    private final int recordBytes;
    private long accepted;

    /** @param requests one for each connection */
    public StampedTraffic(List<StampedRequest> requests, int recordBytes) {
        this.requests = List.copyOf(requests);
        this.recordBytes = recordBytes;
    }

    /** Returns how many records have been acknowledged so far, also before and after the measurement. */
    public long accepted() {
        return accepted;
    }

    @Override
    public ByteBuffer next(int connection) {
        return requests.get(connection).stamped(System.nanoTime());
    }

    @Override
    public Outcome answered(int connection, ResponseScanner answer) {
        Outcome outcome = PutTraffic.outcome(
                answer, WireFormat.JSON, requests.get(connection).records(), recordBytes);
        accepted += outcome.records();
        return outcome;
    }
}
