package io.millrace.analytics.control;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of the cluster as it listed them last.
 *
 * <p>Reading never waits. {@link #refresh()} asks the cluster and is for one thread at a time. A listing tells nothing
 * of what happened after it was asked for: listings have ascending numbers, and what is known at {@link #now()} shows
 * in every listing with a greater number.
 */
final class ClusterWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);

    private final FlinkCluster cluster;
    private final InstantSource clock;
    private final AtomicLong asked = new AtomicLong();
    private volatile Listing listing = new Listing(0, Map.of());
    private volatile ClusterState state = ClusterState.NEVER_ASKED;

    ClusterWatch(FlinkCluster cluster, InstantSource clock) {
        this.cluster = cluster;
        this.clock = clock;
    }

    /**
     * The answer of a cluster to the question for its jobs.
     *
     * @param number ascending with the moment of the question
     * @param statuses in Flink's words, by job id
     */
    record Listing(long number, Map<String, String> statuses) {}

    /** Asks the cluster. Returns nothing if it does not answer or has no worker yet. */
    Optional<Listing> refresh() {
        long number = asked.incrementAndGet();
        Instant at = clock.instant();
        try {
            int workers = cluster.workers();
            Map<String, String> statuses = cluster.jobStatuses();
            listing = new Listing(number, statuses);
            state = state.answered(workers, clock.instant());
        } catch (IOException e) {
            if (state.answering()) {
                LOG.warn("the Flink cluster does not say what it runs; asking again: {}", e.toString());
            }
            state = state.silent(at, String.valueOf(e.getMessage()));
        }
        return state.isReady() ? Optional.of(listing) : Optional.empty();
    }

    /** Returns the newest listing, which may be old: {@link #state()} says of when it is. */
    Listing listing() {
        return listing;
    }

    ClusterState state() {
        return state;
    }

    /** Returns the number that is the greatest of all listings that were asked for so far. */
    long now() {
        return asked.get();
    }
}
