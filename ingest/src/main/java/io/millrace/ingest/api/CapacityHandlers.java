package io.millrace.ingest.api;

import io.millrace.ingest.streams.AccountSettings;
import io.millrace.ingest.streams.Distribution;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ServiceException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.UpdateMaxRecordSizeRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateMaxRecordSizeResponse;
import software.amazon.awssdk.services.kinesis.model.UpdateStreamModeRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateStreamModeResponse;
import software.amazon.awssdk.services.kinesis.model.UpdateStreamRecordDistributionStrategyRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateStreamRecordDistributionStrategyResponse;
import software.amazon.awssdk.services.kinesis.model.UpdateStreamWarmThroughputRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateStreamWarmThroughputResponse;

/**
 * {@code UpdateStreamMode}, {@code UpdateStreamWarmThroughput}, {@code UpdateMaxRecordSize},
 * {@code UpdateStreamRecordDistributionStrategy}.
 */
final class CapacityHandlers {
    static final List<String> MODES = List.of("PROVISIONED", "ON_DEMAND");
    static final List<String> DISTRIBUTIONS = List.of("AUTO", "USER_PARTITION_KEY");
    static final int MIN_RECORD_KIB = 1024;
    static final int MAX_RECORD_KIB = 10_240;
    static final int MAX_SHARDS = 100_000;
    private static final int ON_DEMAND_SHARDS = 4;
    private static final int MAX_WARM_MIBPS = 10 * 1024;

    private final Streams streams;
    private final StreamSettings settings;
    private final AccountSettings accounts;
    private final StreamRefs refs;
    private final Changes changes;

    CapacityHandlers(
            Streams streams, StreamSettings settings, AccountSettings accounts, StreamRefs refs, Changes changes) {
        this.streams = streams;
        this.settings = settings;
        this.accounts = accounts;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "UpdateStreamMode",
                UpdateStreamModeRequest::builder,
                UpdateStreamModeRequest.class,
                Inputs.streamArn(Constraints.none()
                        .required("StreamARN", "StreamModeDetails", "StreamModeDetails.StreamMode")
                        .oneOf("StreamModeDetails.StreamMode", MODES)
                        .range("WarmThroughputMiBps", 0, Integer.MAX_VALUE)),
                this::updateMode);
        service.add(
                "UpdateStreamWarmThroughput",
                UpdateStreamWarmThroughputRequest::builder,
                UpdateStreamWarmThroughputRequest.class,
                Inputs.streamRef().required("WarmThroughputMiBps").range("WarmThroughputMiBps", 0, Integer.MAX_VALUE),
                this::updateWarmThroughput);
        service.add(
                "UpdateMaxRecordSize",
                UpdateMaxRecordSizeRequest::builder,
                UpdateMaxRecordSizeRequest.class,
                Inputs.streamArn(Constraints.none()
                        .required("MaxRecordSizeInKiB")
                        .range("MaxRecordSizeInKiB", MIN_RECORD_KIB, MAX_RECORD_KIB)),
                this::updateMaxRecordSize);
        service.add(
                "UpdateStreamRecordDistributionStrategy",
                UpdateStreamRecordDistributionStrategyRequest::builder,
                UpdateStreamRecordDistributionStrategyRequest.class,
                Inputs.streamArn(Constraints.none()
                        .required("RecordDistributionStrategy")
                        .oneOf("RecordDistributionStrategy", DISTRIBUTIONS)
                        .required("StreamARN")),
                this::updateDistribution);
    }

    /** Returns how many shards a new stream begins with: a MiB/s each in on-demand mode, and four at least. */
    static int shardsOf(boolean onDemand, @Nullable Integer shardCount, @Nullable Integer warmThroughputMiBps) {
        if (onDemand) {
            if (shardCount != null) {
                throw StreamErrors.invalidArgument("Shard count must not be specified for a stream in ON_DEMAND mode.");
            }
            return Math.max(ON_DEMAND_SHARDS, inRange(warmThroughputMiBps == null ? 0 : warmThroughputMiBps));
        }
        if (warmThroughputMiBps != null) {
            throw StreamErrors.invalidArgument(
                    "WarmThroughputMiBps can only be specified for a stream in ON_DEMAND mode.");
        }
        if (shardCount == null) {
            throw StreamErrors.invalidArgument("ShardCount is a required parameter for a stream in PROVISIONED mode.");
        }
        return shardCount;
    }

    private static int inRange(int warmThroughputMiBps) {
        if (warmThroughputMiBps > MAX_WARM_MIBPS) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "WarmThroughputMiBps must be at most %d. Requested value was %d.",
                    MAX_WARM_MIBPS,
                    warmThroughputMiBps));
        }
        return warmThroughputMiBps;
    }

    private CompletionStage<UpdateStreamModeResponse> updateMode(UpdateStreamModeRequest request, CallContext call) {
        Stream stream = refs.stream(null, request.streamARN(), call);
        boolean onDemand = request.streamModeDetails().streamMode() == StreamMode.ON_DEMAND;
        Integer warm = request.warmThroughputMiBps();
        if (warm != null && !onDemand) {
            throw ServiceException.validation(
                    "WarmThroughputMiBps can only be specified for a stream in ON_DEMAND mode.");
        }
        return changes.run(
                () -> settings.setMode(stream.key(), onDemand, warm == null ? null : inRange(warm)),
                () -> UpdateStreamModeResponse.builder().build());
    }

    private CompletionStage<UpdateStreamWarmThroughputResponse> updateWarmThroughput(
            UpdateStreamWarmThroughputRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        StreamKey key = stream.key();
        if (!stream.onDemand()) {
            throw ServiceException.validation(String.format(
                    Locale.ROOT,
                    "Request is invalid. Stream %s under account %s is in Provisioned mode.",
                    key.name(),
                    key.namespace().account()));
        }
        if (streams.limits().enforced() && !accounts.of(key.namespace()).isCommitted()) {
            throw ServiceException.validation(String.format(
                    Locale.ROOT,
                    "Account %s has no minimum throughput billing commitment, which warm throughput needs.",
                    key.namespace().account()));
        }
        int warm = inRange(request.warmThroughputMiBps());
        return changes.supply(() -> UpdateStreamWarmThroughputResponse.builder()
                .streamName(key.name())
                .streamARN(key.arn())
                .warmThroughput(StreamShapes.warmThroughput(settings.setWarmThroughput(key, warm)))
                .build());
    }

    private CompletionStage<UpdateStreamRecordDistributionStrategyResponse> updateDistribution(
            UpdateStreamRecordDistributionStrategyRequest request, CallContext call) {
        Stream stream = refs.stream(null, request.streamARN(), call);
        Distribution wanted = Distribution.valueOf(request.recordDistributionStrategyAsString());
        return changes.run(
                () -> settings.setDistribution(stream.key(), wanted),
                () -> UpdateStreamRecordDistributionStrategyResponse.builder().build());
    }

    private CompletionStage<UpdateMaxRecordSizeResponse> updateMaxRecordSize(
            UpdateMaxRecordSizeRequest request, CallContext call) {
        Stream stream = refs.stream(null, request.streamARN(), call);
        return changes.run(
                () -> settings.setMaxRecordSize(stream.key(), request.maxRecordSizeInKiB()),
                () -> UpdateMaxRecordSizeResponse.builder().build());
    }
}
