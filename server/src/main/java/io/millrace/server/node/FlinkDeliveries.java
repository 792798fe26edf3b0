package io.millrace.server.node;

import io.millrace.analytics.control.JobSpec;
import io.millrace.analytics.control.ManagedJobs;
import io.millrace.firehose.control.DeliveryJobs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives Firehose jobs on the Flink cluster. */
final class FlinkDeliveries implements DeliveryJobs {
    private static final Logger LOG = LoggerFactory.getLogger(FlinkDeliveries.class);
    private static final String ENTRY_CLASS = "io.millrace.firehose.job.DeliveryJob";

    private final ManagedJobs jobs;
    private final @Nullable URI advertisedUrl;

    /** @param advertisedUrl how an external cluster reaches this node */
    FlinkDeliveries(ManagedJobs jobs, @Nullable URI advertisedUrl) {
        this.jobs = jobs;
        this.advertisedUrl = advertisedUrl;
    }

    @Override
    public @Nullable String sourceEndpoint() {
        return advertisedUrl == null ? null : advertisedUrl.toString();
    }

    @Override
    public void want(String name, String specification) {
        try {
            jobs.want(JobSpec.ofJar(
                    name,
                    new JobSpec.JarJob(Installation.DELIVERY_JAR, ENTRY_CLASS, List.of(specification), Map.of())));
        } catch (IOException e) {
            throw new UncheckedIOException("job %s: cannot be remembered".formatted(name), e);
        }
    }

    @Override
    public void stop(String name) {
        try {
            jobs.stop(name);
        } catch (IOException e) {
            LOG.warn("job {}: the cluster does not answer; the job is ended as soon as it does", name, e);
        }
    }
}
