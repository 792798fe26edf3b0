package io.millrace.ingest.api;

import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamStatus;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.CallContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import software.amazon.awssdk.services.kinesis.model.DecreaseStreamRetentionPeriodRequest;
import software.amazon.awssdk.services.kinesis.model.DecreaseStreamRetentionPeriodResponse;
import software.amazon.awssdk.services.kinesis.model.IncreaseStreamRetentionPeriodRequest;
import software.amazon.awssdk.services.kinesis.model.IncreaseStreamRetentionPeriodResponse;

/** {@code IncreaseStreamRetentionPeriod} and {@code DecreaseStreamRetentionPeriod}: 24 hours to 365 days. */
final class RetentionHandlers {
    private static final int MIN_HOURS = 24;
    private static final int MAX_HOURS = 8760;

    private final Streams streams;
    private final StreamRefs refs;
    private final Executor blocking;

    RetentionHandlers(Streams streams, StreamRefs refs, Executor blocking) {
        this.streams = streams;
        this.refs = refs;
        this.blocking = blocking;
    }

    CompletionStage<IncreaseStreamRetentionPeriodResponse> increase(
            IncreaseStreamRetentionPeriodRequest request, CallContext call) {
        Stream stream = active(refs.stream(request.streamName(), request.streamARN(), call));
        int hours = inRange(request.retentionPeriodHours());
        if (hours < stream.retentionHours()) {
            throw StreamErrors.invalidArgument(
                    "Requested retention period (%d hours) for stream %s can not be shorter than existing retention period (%d hours). Use DecreaseRetentionPeriod API."
                            .formatted(hours, stream.name(), stream.retentionHours()));
        }
        return change(stream, hours)
                .thenApply(
                        done -> IncreaseStreamRetentionPeriodResponse.builder().build());
    }

    CompletionStage<DecreaseStreamRetentionPeriodResponse> decrease(
            DecreaseStreamRetentionPeriodRequest request, CallContext call) {
        Stream stream = active(refs.stream(request.streamName(), request.streamARN(), call));
        int hours = inRange(request.retentionPeriodHours());
        if (hours > stream.retentionHours()) {
            throw StreamErrors.invalidArgument(
                    "Requested retention period (%d hours) for stream %s can not be longer than existing retention period (%d hours). Use IncreaseRetentionPeriod API."
                            .formatted(hours, stream.name(), stream.retentionHours()));
        }
        return change(stream, hours)
                .thenApply(
                        done -> DecreaseStreamRetentionPeriodResponse.builder().build());
    }

    private CompletableFuture<Void> change(Stream stream, int hours) {
        return CompletableFuture.runAsync(() -> streams.setRetention(stream.key(), hours), blocking);
    }

    private static int inRange(int hours) {
        if (hours < MIN_HOURS) {
            throw StreamErrors.invalidArgument(
                    "Minimum allowed retention period is %d hours. Requested retention period (%d hours) is too short."
                            .formatted(MIN_HOURS, hours));
        }
        if (hours > MAX_HOURS) {
            throw StreamErrors.invalidArgument(
                    "Maximum allowed retention period is %d hours. Requested retention period (%d hours) is too long."
                            .formatted(MAX_HOURS, hours));
        }
        return hours;
    }

    private static Stream active(Stream stream) {
        if (stream.status() != StreamStatus.ACTIVE) {
            throw StreamErrors.notActive(stream.key(), stream.status());
        }
        return stream;
    }
}
