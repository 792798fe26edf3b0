package io.millrace.server.process;

import java.time.Duration;

/**
 * How long to wait before the next try: twice as long after each failure, from {@code first} to {@code longest}.
 *
 * @param first the pause after the first failure
 * @param longest the longest pause; a try that went well for longer than this counts as the end of the failures
 */
public record Pauses(Duration first, Duration longest) {
    /** Pauses between the starts of a child process. */
    public static final Pauses OF_PROCESSES = new Pauses(Duration.ofMillis(200), Duration.ofSeconds(10));

    /** Pauses between attempts to set up a part of the node that could not be started at all. */
    public static final Pauses OF_PARTS = new Pauses(Duration.ofSeconds(1), Duration.ofMinutes(1));

    /**
     * Returns the next pause.
     *
     * @param last the pause before this failure; zero at the first one
     * @param ran how long things went well before this failure
     */
    public Duration after(Duration last, Duration ran) {
        if (last.isZero() || ran.compareTo(longest) > 0) {
            return first;
        }
        Duration doubled = last.multipliedBy(2);
        return doubled.compareTo(longest) > 0 ? longest : doubled;
    }
}
