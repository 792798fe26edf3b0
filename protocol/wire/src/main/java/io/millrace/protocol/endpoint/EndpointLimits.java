package io.millrace.protocol.endpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long an endpoint waits for its clients before it closes their connections.
 *
 * @param idle without a byte, while nothing is under way
 * @param head from the first byte of a request, or of a connection, until its head is whole
 * @param stall for {@value #LEAST_BYTES} more bytes of a body that is collected
 * @param take for an answer to be taken, or {@value #LEAST_BYTES} bytes of a large one
 */
public record EndpointLimits(Duration idle, Duration head, Duration stall, Duration take) {
    /** What has to come or go in the time given to it. */
    static final int LEAST_BYTES = 64 * 1024;

    public EndpointLimits {
        List<String> problems = new ArrayList<>();
        check("idle", idle, problems);
        check("head", head, problems);
        check("stall", stall, problems);
        check("take", take, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    private static void check(String name, Duration limit, List<String> problems) {
        if (limit.toMillis() < 1) {
            problems.add(String.format(Locale.ROOT, "%s: %s (expected: at least PT0.001S)", name, limit));
        }
    }

    /**
     * Idle for longer than the 60 s after which the SDKs drop a connection, so that no request meets one that closes.
     */
    public static EndpointLimits defaults() {
        return new EndpointLimits(
                Duration.ofSeconds(75), Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60));
    }
}
