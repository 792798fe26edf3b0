package io.millrace.server.bench.client;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What was counted over a span of time. Latencies are in nanoseconds. Confined to one thread at a time. */
public final class Tally {
    private static final int DIGITS = 3;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Histogram latencies = new Histogram(DIGITS);
    private final Map<String, Long> errors = new TreeMap<>();
    private long requests;
    private long records;
    private long dataBytes;
    private long nanos;

    void add(long latencyNanos, Traffic.Outcome outcome) {
        latencies.recordValue(Math.max(0, latencyNanos));
        requests++;
        records += outcome.records();
        dataBytes += outcome.dataBytes();
        if (outcome.error() != null) {
            addError(outcome.error(), 1);
        }
    }

    void addError(String name, long count) {
        errors.merge(name, count, Long::sum);
    }

    /** Counts a latency that belongs to no request. */
    public void addLatency(long latencyNanos) {
        latencies.recordValue(Math.max(0, latencyNanos));
    }

    /** Says how long the counting took. */
    public void over(long nanos) {
        this.nanos = nanos;
    }

    /** Adds what another has counted, as if it had followed on this one. */
    public void add(Tally other) {
        latencies.add(other.latencies);
        other.errors.forEach(this::addError);
        requests += other.requests;
        records += other.records;
        dataBytes += other.dataBytes;
        nanos += other.nanos;
    }

    public long requests() {
        return requests;
    }

    public long records() {
        return records;
    }

    public long dataBytes() {
        return dataBytes;
    }

    /** Returns how many requests or connections went wrong, by what went wrong. */
    public Map<String, Long> errors() {
        return errors;
    }

    public double seconds() {
        return nanos / NANOS_PER_SECOND;
    }

    /** Returns a count as a rate per second, 0 when no time has passed. */
    public double perSecond(long count) {
        return nanos == 0 ? 0 : (double) count / seconds();
    }

    /** Returns the latency in milliseconds below which this share of all was, 0 when there was none. */
    public double millisAt(double percentile) {
        return latencies.getTotalCount() == 0 ? 0 : latencies.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }

    /** Returns the longest latency in milliseconds. */
    public double maxMillis() {
        return latencies.getMaxValue() / NANOS_PER_MILLI;
    }

    public long latencyCount() {
        return latencies.getTotalCount();
    }
}
