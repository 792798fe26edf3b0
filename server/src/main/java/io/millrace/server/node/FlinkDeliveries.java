package io.millrace.server.node;

import io.millrace.analytics.control.JobSpec;
import io.millrace.analytics.control.JobState;
import io.millrace.analytics.control.ManagedJobs;
import io.millrace.firehose.control.DeliveryJobs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Gives Firehose jobs on the Flink cluster. */
final class FlinkDeliveries implements DeliveryJobs {
    private static final String ENTRY_CLASS = "io.millrace.firehose.job.DeliveryJob";

    private final ManagedJobs jobs;
    private final Buckets buckets;
    private final @Nullable URI advertisedUrl;
    private final Path certificate;
    private final Supplier<@Nullable String> ownWarehouse;

    /**
     * Makes deliveries of jobs.
     *
     * @param buckets where jobs deliver
     * @param advertisedUrl how an external cluster reaches this node
     * @param certificate of this node, in PEM; goes to the jobs where the cluster reaches it by TLS
     * @param ownWarehouse gives the JDBC URL of the node's warehouse; nothing while there is none
     */
    FlinkDeliveries(
            ManagedJobs jobs,
            Buckets buckets,
            @Nullable URI advertisedUrl,
            Path certificate,
            Supplier<@Nullable String> ownWarehouse) {
        this.jobs = jobs;
        this.buckets = buckets;
        this.advertisedUrl = advertisedUrl;
        this.certificate = certificate;
        this.ownWarehouse = ownWarehouse;
    }

    @Override
    public @Nullable String ownWarehouse() {
        return ownWarehouse.get();
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
                    new JobSpec.JarJob(
                            Installation.DELIVERY_JAR,
                            ENTRY_CLASS,
                            List.of(withCertificate(specification)),
                            Map.of())));
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "job %s: cannot be remembered", name), e);
        }
    }

    private String withCertificate(String specification) throws IOException {
        if (advertisedUrl == null || !"https".equals(advertisedUrl.getScheme())) {
            return specification;
        }
        ObjectNode whole = (ObjectNode) JsonMapper.shared().readTree(specification);
        ((ObjectNode) whole.get("source")).put("certificates", Files.readString(certificate));
        return JsonMapper.shared().writeValueAsString(whole);
    }

    @Override
    public void stop(String name) {
        try {
            jobs.stop(name);
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "job %s: its end cannot be remembered", name), e);
        }
    }

    @Override
    public String trouble(String name) {
        JobState state = jobs.state(name).orElse(null);
        if (state == null || state.isRunning() || state.reason() == null) {
            return "";
        }
        String restarts = state.restarts() == 0 ? "" : ", restarted " + state.restarts() + " times";
        return String.format(Locale.ROOT, "The job is %s%s: %s", state.status(), restarts, state.reason());
    }

    @Override
    public boolean isMissing(String bucket) {
        return buckets.isMissing(bucket);
    }
}
