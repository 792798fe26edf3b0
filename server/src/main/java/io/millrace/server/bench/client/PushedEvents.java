package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What subscriptions have pushed: for each record the time since it was sent, which its data begins with.
 *
 * <p>Guarded by itself: written by the connection's event loop, read by the thread that reports.
 */
public final class PushedEvents {
    private static final byte[] DATA = "\"Data\":\"".getBytes(US_ASCII);

    private final Map<String, Long> problems = new TreeMap<>();
    private Tally tally = new Tally();
    private boolean counting;
    private long records;
    private int subscribed;

    /** Starts to count latencies; before that only records are counted. */
    public synchronized void count() {
        tally = new Tally();
        counting = true;
    }

    /** Returns the latencies counted, and counts no more. */
    public synchronized Tally stop() {
        counting = false;
        return tally;
    }

    /** Returns how many records came, from the first on. */
    public synchronized long records() {
        return records;
    }

    /** Returns how many subscriptions have said that they are open. */
    public synchronized int subscribed() {
        return subscribed;
    }

    public synchronized Map<String, Long> problems() {
        return new TreeMap<>(problems);
    }

    synchronized void problem(String name) {
        problems.merge(name, 1L, Long::sum);
    }

    synchronized void frame(Map<String, String> headers, byte[] bytes, int from, int to) throws IOException {
        long now = System.nanoTime();
        String event = headers.getOrDefault(":event-type", "");
        switch (event) {
            case "initial-response" -> subscribed++;
            case "SubscribeToShardEvent" -> records(bytes, from, to, now);
            default -> problem(headers.getOrDefault(":exception-type", "event " + event));
        }
    }

    private void records(byte[] bytes, int from, int to, long now) throws IOException {
        int at = ByteSearch.indexOf(bytes, from, to, DATA);
        while (at >= 0) {
            int data = at + DATA.length;
            int end = ByteSearch.indexOf(bytes, data, to, new byte[] {'"'});
            if (end - data < StampedRequest.STAMP_CHARACTERS) {
                throw new IOException("a record without the time of its sending");
            }
            records++;
            if (counting) {
                tally.addLatency(now - StampedRequest.stampIn(bytes, data));
            }
            at = ByteSearch.indexOf(bytes, end, to, DATA);
        }
    }
}
