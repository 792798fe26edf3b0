package io.millrace.server.node;

import io.millrace.analytics.control.FlinkCluster;
import io.millrace.analytics.control.JobState;
import io.millrace.analytics.control.ManagedJobs;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.threads.DaemonThreads;
import io.millrace.firehose.control.Delivery;
import io.millrace.ingest.Ingest;
import io.millrace.ingest.log.LogStats;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.Route;
import io.millrace.server.health.Health;
import io.millrace.server.metrics.DeliveryFigures;
import io.millrace.server.metrics.DiskFigures;
import io.millrace.server.metrics.EndpointFigures;
import io.millrace.server.metrics.HealthFigures;
import io.millrace.server.metrics.JobFigures;
import io.millrace.server.metrics.LogFigures;
import io.millrace.server.metrics.MemoryFigures;
import io.millrace.server.metrics.MetricsPage;
import io.millrace.server.metrics.Sampler;
import io.millrace.server.metrics.StreamFigures;
import io.millrace.server.metrics.VideoFigures;
import io.millrace.video.Video;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * {@code GET /metrics} of a node. What may have to be waited for, such as Flink and the disk, is sampled in the
 * background. Thread-safe.
 */
final class NodeMetrics implements Closeable {
    private static final int MAX_BODY_BYTES = 1024;
    private static final Duration LOG_PERIOD = Duration.ofSeconds(1);
    private static final Duration DELIVERY_PERIOD = Duration.ofSeconds(5);
    private static final Duration SLOW_PERIOD = Duration.ofSeconds(10);

    private final MetricsPage page = new MetricsPage();
    private final ExecutorService maker = Executors.newSingleThreadExecutor(DaemonThreads.named("metrics"));
    private final Sampler<LogStats> log;
    private final Sampler<DiskFigures.Room> disk;
    private final Sampler<List<JobFigures.Job>> jobs;
    private final Sampler<List<DeliveryFigures.Delivery>> deliveries;

    NodeMetrics(Path directory, MemoryPlan memory, Ingest ingest, Video video, Health health, Jobs jobs) {
        this.log = new Sampler<>("log", ingest.logStats(), LOG_PERIOD, ingest::logStats).start();
        this.disk = new Sampler<>("disk", DiskFigures.Room.UNKNOWN, SLOW_PERIOD, () -> DiskFigures.Room.of(directory))
                .start();
        this.jobs = new Sampler<List<JobFigures.Job>>("jobs", List.of(), SLOW_PERIOD, jobs::look).start();
        Deliveries seen = new Deliveries(
                jobs.deliveries(), jobs.buckets()::newest, ingest.streams(), ingest.records(), InstantSource.system());
        this.deliveries = new Sampler<List<DeliveryFigures.Delivery>>(
                        "deliveries", List.of(), DELIVERY_PERIOD, seen::look)
                .start();
        page.add(new LogFigures(log::last))
                .add(new StreamFigures(
                        ingest.streams().metrics(), ingest.streams().lags()))
                .add(new VideoFigures(video::stats))
                .add(new HealthFigures(health))
                .add(new DiskFigures(disk::last))
                .add(new MemoryFigures(memory))
                .add(new JobFigures(this.jobs::last))
                .add(new DeliveryFigures(this.deliveries::last, InstantSource.system()));
    }

    /**
     * The jobs on the cluster.
     *
     * @param deliveries those of the jobs that are deliveries
     * @param buckets where deliveries write down how far they have come
     */
    record Jobs(ManagedJobs wanted, FlinkCluster cluster, Supplier<List<Delivery>> deliveries, Buckets buckets) {

        private List<JobFigures.Job> look() {
            List<JobFigures.Job> seen = new ArrayList<>();
            for (JobState job : wanted.states()) {
                FlinkCluster.JobFacts facts = factsOf(job);
                seen.add(new JobFigures.Job(
                        job.name(),
                        job.status(),
                        facts.restarts(),
                        facts.checkpointMillis(),
                        facts.checkpointBytes(),
                        facts.failedCheckpoints()));
            }
            return seen;
        }

        private FlinkCluster.JobFacts factsOf(JobState job) {
            try {
                return cluster.facts(job.jobId());
            } catch (IOException e) {
                return FlinkCluster.JobFacts.UNKNOWN; // the cluster's silence is shown by its part
            }
        }
    }

    /** Adds the figures of the endpoint, which is opened last. */
    void add(Endpoint endpoint) {
        page.add(new EndpointFigures(endpoint.metrics()));
    }

    Route route() {
        return Page.route(
                MAX_BODY_BYTES,
                maker,
                (exchange, body) -> Answer.of(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        page.text().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        maker.shutdown();
        log.close();
        disk.close();
        jobs.close();
        deliveries.close();
        page.close();
    }
}
