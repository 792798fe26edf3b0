package io.millrace.ingest.api;

import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.ingest.streams.StreamSettings.MetricsChange;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import software.amazon.awssdk.services.kinesis.model.DisableEnhancedMonitoringRequest;
import software.amazon.awssdk.services.kinesis.model.DisableEnhancedMonitoringResponse;
import software.amazon.awssdk.services.kinesis.model.EnableEnhancedMonitoringRequest;
import software.amazon.awssdk.services.kinesis.model.EnableEnhancedMonitoringResponse;

/** {@code EnableEnhancedMonitoring} and {@code DisableEnhancedMonitoring}: which metrics are kept for each shard. */
final class MonitoringHandlers {
    private static final String ALL = "ALL";
    private static final List<String> METRICS = List.of(
            "IncomingBytes",
            "IncomingRecords",
            "IteratorAgeMilliseconds",
            "OutgoingBytes",
            "OutgoingRecords",
            "ReadProvisionedThroughputExceeded",
            "WriteProvisionedThroughputExceeded");

    private final StreamSettings settings;
    private final StreamRefs refs;
    private final Changes changes;

    MonitoringHandlers(StreamSettings settings, StreamRefs refs, Changes changes) {
        this.settings = settings;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "EnableEnhancedMonitoring",
                EnableEnhancedMonitoringRequest::builder,
                EnableEnhancedMonitoringRequest.class,
                metrics(),
                this::enable);
        service.add(
                "DisableEnhancedMonitoring",
                DisableEnhancedMonitoringRequest::builder,
                DisableEnhancedMonitoringRequest.class,
                metrics(),
                this::disable);
    }

    private static Constraints metrics() {
        List<String> names = new ArrayList<>(METRICS);
        names.add(ALL);
        return Inputs.streamRef(Constraints.none()
                .required("ShardLevelMetrics")
                .length("ShardLevelMetrics", 1, METRICS.size())
                .elementsOneOf("ShardLevelMetrics", names));
    }

    private CompletionStage<EnableEnhancedMonitoringResponse> enable(
            EnableEnhancedMonitoringRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        Collection<String> added = expanded(request.shardLevelMetricsAsStrings());
        return changes.supply(() -> {
            MetricsChange change = keep(stream, (name, kept) -> kept || added.contains(name));
            return EnableEnhancedMonitoringResponse.builder()
                    .streamName(stream.name())
                    .streamARN(stream.arn())
                    .currentShardLevelMetricsWithStrings(change.before())
                    .desiredShardLevelMetricsWithStrings(change.after())
                    .build();
        });
    }

    private CompletionStage<DisableEnhancedMonitoringResponse> disable(
            DisableEnhancedMonitoringRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        Collection<String> removed = expanded(request.shardLevelMetricsAsStrings());
        return changes.supply(() -> {
            MetricsChange change = keep(stream, (name, kept) -> kept && !removed.contains(name));
            return DisableEnhancedMonitoringResponse.builder()
                    .streamName(stream.name())
                    .streamARN(stream.arn())
                    .currentShardLevelMetricsWithStrings(change.before())
                    .desiredShardLevelMetricsWithStrings(change.after())
                    .build();
        });
    }

    /** Keeps the metrics that a rule wants, which is told of each whether it is kept now. */
    private MetricsChange keep(Stream stream, BiPredicate<String, Boolean> rule) {
        return settings.updateShardLevelMetrics(
                stream.key(),
                kept -> METRICS.stream()
                        .filter(name -> rule.test(name, kept.contains(name)))
                        .toList());
    }

    private static Collection<String> expanded(List<String> names) {
        return names.contains(ALL) ? METRICS : names;
    }
}
