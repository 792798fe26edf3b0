package io.millrace.server.bench.client;

import java.time.Duration;

/**
 * How long a load runs, and how it is paced.
 *
 * @param warmup goes before and is not counted
 * @param measured how long is counted; the load ends sooner when no connection has anything more to send
 * @param requestsPerSecond an open loop of so many, whatever the answers do; 0 sends as soon as an answer is there
 * @param interval how often progress is told
 */
public record LoadPlan(Duration warmup, Duration measured, double requestsPerSecond, Duration interval) {
    private static final Duration PROGRESS = Duration.ofSeconds(5);

    /** As fast as the answers come. */
    public static LoadPlan closed(Duration warmup, Duration measured) {
        return new LoadPlan(warmup, measured, 0, PROGRESS);
    }

    /** At a rate. */
    public static LoadPlan open(Duration warmup, Duration measured, double requestsPerSecond) {
        return new LoadPlan(warmup, measured, requestsPerSecond, PROGRESS);
    }

    public LoadPlan every(Duration interval) {
        return new LoadPlan(warmup, measured, requestsPerSecond, interval);
    }
}
