package io.millrace.ingest.api;

import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import software.amazon.awssdk.services.kinesis.model.DecreaseStreamRetentionPeriodRequest;
import software.amazon.awssdk.services.kinesis.model.DecreaseStreamRetentionPeriodResponse;
import software.amazon.awssdk.services.kinesis.model.IncreaseStreamRetentionPeriodRequest;
import software.amazon.awssdk.services.kinesis.model.IncreaseStreamRetentionPeriodResponse;

/** {@code IncreaseStreamRetentionPeriod} and {@code DecreaseStreamRetentionPeriod}: 24 hours to 365 days. */
final class RetentionHandlers {
    private static final int MIN_HOURS = 24;
    private static final int MAX_HOURS = 8760;

    private final StreamSettings settings;
    private final StreamRefs refs;
    private final Changes changes;

    RetentionHandlers(StreamSettings settings, StreamRefs refs, Changes changes) {
        this.settings = settings;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "IncreaseStreamRetentionPeriod",
                IncreaseStreamRetentionPeriodRequest::builder,
                IncreaseStreamRetentionPeriodRequest.class,
                Inputs.streamRef(Constraints.none().required("RetentionPeriodHours")),
                this::increase);
        service.add(
                "DecreaseStreamRetentionPeriod",
                DecreaseStreamRetentionPeriodRequest::builder,
                DecreaseStreamRetentionPeriodRequest.class,
                Inputs.streamRef(Constraints.none().required("RetentionPeriodHours")),
                this::decrease);
    }

    private CompletionStage<IncreaseStreamRetentionPeriodResponse> increase(
            IncreaseStreamRetentionPeriodRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        int hours = inRange(request.retentionPeriodHours());
        if (hours < stream.retentionHours()) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Requested retention period (%d hours) for stream %s can not be shorter than existing retention period (%d hours). Use DecreaseRetentionPeriod API.",
                    hours,
                    stream.name(),
                    stream.retentionHours()));
        }
        return changes.run(
                () -> settings.setRetention(stream.key(), hours),
                () -> IncreaseStreamRetentionPeriodResponse.builder().build());
    }

    private CompletionStage<DecreaseStreamRetentionPeriodResponse> decrease(
            DecreaseStreamRetentionPeriodRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        int hours = inRange(request.retentionPeriodHours());
        if (hours > stream.retentionHours()) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Requested retention period (%d hours) for stream %s can not be longer than existing retention period (%d hours). Use IncreaseRetentionPeriod API.",
                    hours,
                    stream.name(),
                    stream.retentionHours()));
        }
        return changes.run(
                () -> settings.setRetention(stream.key(), hours),
                () -> DecreaseStreamRetentionPeriodResponse.builder().build());
    }

    private static int inRange(int hours) {
        if (hours < MIN_HOURS) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Minimum allowed retention period is %d hours. Requested retention period (%d hours) is too short.",
                    MIN_HOURS,
                    hours));
        }
        if (hours > MAX_HOURS) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Maximum allowed retention period is %d hours. Requested retention period (%d hours) is too long.",
                    MAX_HOURS,
                    hours));
        }
        return hours;
    }
}
