package io.millrace.analytics.connector.source;

import java.io.Serializable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a stream is read by enhanced fan-out: its records are pushed to a consumer that is registered with the stream.
 *
 * @param consumer whom the records are pushed to
 * @param subscriptionTimeout how long a subscription may stay silent while an event is awaited; heartbeats come every
 *     five seconds
 * @param describe for calls that find or register the consumer, and for looks at one that is not active yet
 * @param subscribe for subscriptions that fail
 * @param maxConcurrency how many subscriptions of a reader may be open at once
 */
public record FanOut(
        Consumer consumer, Duration subscriptionTimeout, Retry describe, Retry subscribe, int maxConcurrency)
        implements Serializable {
    /** As many as the Apache connector allows. */
    public static final int USUAL_CONCURRENCY = 10_000;

    /** Who registers the consumer. */
    public enum Lifecycle {
        /** The job registers it at its start, and deregisters it at its end. */
        JOB_MANAGED,

        /** It has to exist, and stays. */
        SELF_MANAGED
    }

    /**
     * A consumer of the stream.
     *
     * @param name absent where the ARN stands for it
     * @param arn absent where it is found by the name
     * @param deregisterTimeout how long the end of the job waits for the end of the consumer
     */
    public record Consumer(@Nullable String name, @Nullable String arn, Lifecycle lifecycle, Duration deregisterTimeout)
            implements Serializable {
        public Consumer {
            if ((name == null) == (arn == null)) {
                throw new IllegalArgumentException(
                        "consumer: name " + name + " and ARN " + arn + " (expected: one of them)");
            }
            if (arn != null && lifecycle == Lifecycle.JOB_MANAGED) {
                throw new IllegalArgumentException(
                        "consumer: ARN " + arn + " with JOB_MANAGED (expected: SELF_MANAGED, or a name)");
            }
        }

        /** Returns the consumer of that name. */
        public static Consumer named(String name, Lifecycle lifecycle) {
            return new Consumer(name, null, lifecycle, Duration.ofSeconds(10));
        }
    }

    public FanOut {
        if (subscriptionTimeout.isNegative() || subscriptionTimeout.isZero()) {
            throw new IllegalArgumentException(
                    "subscription: silent for " + subscriptionTimeout + " (expected: more than 0)");
        }
        if (maxConcurrency < 1) {
            throw new IllegalArgumentException("subscriptions at once: " + maxConcurrency + " (expected: 1 or more)");
        }
    }

    /** Returns the usual settings for a consumer. */
    public static FanOut with(Consumer consumer) {
        return new FanOut(
                consumer,
                Duration.ofMinutes(1),
                new Retry(Duration.ofSeconds(2), Duration.ofMinutes(1), 2, 100),
                Retry.endless(Duration.ofSeconds(1), Duration.ofSeconds(10)),
                USUAL_CONCURRENCY);
    }
}
