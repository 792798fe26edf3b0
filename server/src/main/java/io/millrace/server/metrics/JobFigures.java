package io.millrace.server.metrics;

import java.util.List;
import java.util.function.Supplier;

/** Figures of the jobs on Flink: applications and deliveries. Thread-safe. */
public final class JobFigures implements FigureSource {
    private static final double MILLIS_PER_SECOND = 1000;
    static final int MOST_JOBS = 500;

    private final Supplier<List<Job>> jobs;

    /**
     * A job as it was last seen.
     *
     * @param status in Flink's words
     * @param restarts by Flink, since it was submitted; below zero when Flink did not say
     * @param checkpointMillis when the last checkpoint was completed; below zero when there is none
     * @param checkpointBytes its size
     * @param failedCheckpoints since it was submitted; below zero when Flink did not say
     */
    public record Job(
            String name,
            String status,
            long restarts,
            long checkpointMillis,
            long checkpointBytes,
            long failedCheckpoints) {}

    /** @param jobs those last seen; must not wait */
    public JobFigures(Supplier<List<Job>> jobs) {
        this.jobs = jobs;
    }

    @Override
    public void addTo(Figures figures) {
        List<Job> all = jobs.get();
        figures.gauge("millrace_jobs", "Jobs that should run.", all.size());
        all.stream().limit(MOST_JOBS).forEach(job -> add(figures, job));
    }

    private static void add(Figures figures, Job job) {
        figures.gauge(
                "millrace_job_up",
                "1 while a job runs.",
                job.status().equals("RUNNING") ? 1 : 0,
                "job",
                job.name(),
                "status",
                job.status());
        if (job.restarts() >= 0) {
            figures.counter(
                    "millrace_job_restarts_total", "Restarts since the submission.", job.restarts(), "job", job.name());
        }
        if (job.failedCheckpoints() >= 0) {
            figures.counter(
                    "millrace_job_failed_checkpoints_total",
                    "Checkpoints that failed since the submission.",
                    job.failedCheckpoints(),
                    "job",
                    job.name());
        }
        if (job.checkpointMillis() >= 0) {
            figures.gauge(
                    "millrace_job_last_checkpoint_timestamp_seconds",
                    "When the last checkpoint was completed, in seconds since 1970.",
                    job.checkpointMillis() / MILLIS_PER_SECOND,
                    "job",
                    job.name());
            figures.gauge(
                    "millrace_job_last_checkpoint_bytes",
                    "The size of the last checkpoint.",
                    job.checkpointBytes(),
                    "job",
                    job.name());
        }
    }
}
