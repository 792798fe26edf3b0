package io.millrace.analytics.control;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cancels jobs of this node that nobody wants: submitted by a call that came late, or by an earlier run of which the
 * data directory knows nothing. {@link #cancel} is for one thread at a time.
 */
final class Strangers {
    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);

    private final JobIds ids;
    private final FlinkCluster cluster;
    private final Executor calls;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    Strangers(JobIds ids, FlinkCluster cluster, Executor calls) {
        this.ids = ids;
        this.cluster = cluster;
        this.calls = calls;
    }

    /**
     * Cancels those of a listing.
     *
     * @param records read after the listing was asked for: a job has its record before it is submitted, so no wanted
     *     job is among the strangers
     */
    void cancel(ClusterWatch.Listing listing, List<JobRecord> records) {
        Set<String> wanted = records.stream().map(JobRecord::jobId).collect(Collectors.toSet());
        List<String> found = listing.statuses().entrySet().stream()
                .filter(job -> ids.isOurs(job.getKey()) && !wanted.contains(job.getKey()))
                .filter(job -> !NextStep.isTerminal(job.getValue()))
                .map(Map.Entry::getKey)
                .filter(underWay::add)
                .toList();
        for (String job : found) {
            LOG.warn("job {}: nobody wants it any more; cancelling it", job);
            try {
                calls.execute(() -> cancel(job));
            } catch (RejectedExecutionException e) { // the node is going down
                underWay.remove(job);
            }
        }
    }

    private void cancel(String job) {
        try {
            cluster.cancel(job);
        } catch (IOException e) {
            LOG.warn("job {}: cannot be cancelled yet; trying again: {}", job, e.toString());
        } finally {
            underWay.remove(job);
        }
    }
}
