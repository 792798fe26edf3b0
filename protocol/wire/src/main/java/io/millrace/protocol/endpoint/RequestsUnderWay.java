package io.millrace.protocol.endpoint;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the requests that were handed over and are not answered yet, so that an endpoint can wait for them before it
 * closes. An answer that streams counts as given when it begins: it may never end by itself. Thread-safe.
 */
final class RequestsUnderWay {
    private static final long LOOK_MILLIS = 5;

    private final AnswerCounts answers = new AnswerCounts();
    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();

    void begin() {
        begun.increment();
    }

    void end() {
        ended.increment();
    }

    /** Returns how many requests are under way. */
    long count() {
        long done = ended.sum();
        return Math.max(0, begun.sum() - done);
    }

    AnswerCounts answers() {
        return answers;
    }

    /** Waits until every request is answered, at most for the time given. Tells whether they are. */
    boolean drain(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (ended.sum() < begun.sum()) { // in this order: what is counted as ended has begun
            if (System.nanoTime() >= deadline) {
                return false;
            }
            Thread.sleep(LOOK_MILLIS);
        }
        return true;
    }
}
