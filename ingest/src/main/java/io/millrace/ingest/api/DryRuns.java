package io.millrace.ingest.api;

import io.millrace.ingest.streams.Allowance;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.api.ServiceException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Calls with {@code DryRun}: everything is checked and nothing is done, and the answer to a right one is an error
 * (Developer
 * Guide, "Test your permissions and request inputs with dry run"). Where limits are on, a stream has one such call a
 * second,
 * whatever the operation. Thread-safe.
 */
final class DryRuns {
    private static final double PER_SECOND = 1;

    /** More are forgotten at once, so that streams that come and go do not fill the memory. */
    private static final int MOST_KNOWN = 10_000;

    private final boolean limited;
    private final Map<StreamKey, Allowance> allowances = new ConcurrentHashMap<>();

    DryRuns(boolean limited) {
        this.limited = limited;
    }

    /**
     * Ends a call that asks for no more than its checks. Comes when all of them are done, and before anything is
     * counted.
     *
     * @throws ServiceException if the call is a dry run
     */
    void endIf(@Nullable Boolean dryRun, StreamKey stream) {
        if (!Boolean.TRUE.equals(dryRun)) {
            return;
        }
        if (allowances.size() > MOST_KNOWN) {
            allowances.clear();
        }
        if (limited
                && !allowances
                        .computeIfAbsent(stream, key -> new Allowance(PER_SECOND))
                        .trySpend(1)) {
            throw ServiceException.refused(
                    "ThrottlingException",
                    "Rate exceeded for requests with DryRun to stream " + stream.name() + " under account "
                            + stream.namespace().account() + ".");
        }
        throw ServiceException.refused(
                "DryRunOperationException", "Request would have succeeded, but DryRun flag is set.");
    }
}
