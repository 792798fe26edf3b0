package io.millrace.server.node;

import io.millrace.analytics.control.ManagedJobs;
import io.millrace.durable.threads.DaemonThreads;
import io.millrace.server.health.Part;
import java.io.Closeable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the cluster match the jobs that are wanted, round after round, and tells when a round hangs. Thread-safe. */
final class JobsLoop implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(JobsLoop.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** Longer than any one call of Flink may take. */
    private static final Duration LONGEST_ROUND = Duration.ofMinutes(3);

    private final ManagedJobs jobs;
    private final IntSupplier ends;
    private int endsSeen; // by the timer's thread alone
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("reconcile"));
    private volatile @Nullable Long roundBeganNanos;
    private volatile String failure = "";

    /** @param ends how often the cluster was ended by its jobs, so far */
    JobsLoop(ManagedJobs jobs, IntSupplier ends) {
        this.jobs = jobs;
        this.ends = ends;
    }

    void start() {
        timer.scheduleWithFixedDelay(this::round, PAUSE.toMillis(), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void round() {
        roundBeganNanos = System.nanoTime();
        try {
            int now = ends.getAsInt();
            if (now > endsSeen) {
                endsSeen = now;
                jobs.clusterEnded("out of memory, or a part of it failed; see flink/flink.log and flink/flink.out");
            }
            jobs.reconcile();
            failure = "";
        } catch (RuntimeException e) { // the outermost frame of the timer's task
            LOG.error("the jobs could not be looked after; trying again", e);
            failure = "the jobs could not be looked after: " + e;
        } finally {
            roundBeganNanos = null;
        }
    }

    /** Returns how the loop stands, and how many jobs there are in which state. */
    Part look() {
        Long began = roundBeganNanos;
        Duration round = began == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began);
        if (round.compareTo(LONGEST_ROUND) > 0) {
            String reason = "a round of looking after the jobs has taken " + round.toSeconds() + " s so far";
            return new Part(Part.State.NOT_ANSWERING, reason, Map.of());
        }
        Map<String, Integer> counts = new TreeMap<>();
        jobs.states().forEach(job -> counts.merge(job.status(), 1, Integer::sum));
        Map<String, Object> details = new HashMap<>();
        details.put("jobs", counts);
        return Part.of(failure, details);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
