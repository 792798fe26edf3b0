package io.millrace.ingest.api;

import io.millrace.ingest.streams.AccountSettings;
import io.millrace.ingest.streams.AccountSettings.Commitment;
import io.millrace.ingest.streams.Limits;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.DescribeAccountSettingsRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeAccountSettingsResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeLimitsRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeLimitsResponse;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentInputStatus;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentOutput;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentOutputStatus;
import software.amazon.awssdk.services.kinesis.model.UpdateAccountSettingsRequest;
import software.amazon.awssdk.services.kinesis.model.UpdateAccountSettingsResponse;

/** {@code DescribeLimits}, {@code DescribeAccountSettings}, {@code UpdateAccountSettings}. */
final class AccountHandlers {
    private final Streams streams;
    private final AccountSettings accounts;
    private final Changes changes;
    private final InstantSource clock;

    AccountHandlers(Streams streams, AccountSettings accounts, Changes changes, InstantSource clock) {
        this.streams = streams;
        this.accounts = accounts;
        this.changes = changes;
        this.clock = clock;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "DescribeLimits",
                DescribeLimitsRequest::builder,
                DescribeLimitsRequest.class,
                Constraints.none(),
                this::limits);
        service.add(
                "DescribeAccountSettings",
                DescribeAccountSettingsRequest::builder,
                DescribeAccountSettingsRequest.class,
                Constraints.none(),
                this::describe);
        service.add(
                "UpdateAccountSettings",
                UpdateAccountSettingsRequest::builder,
                UpdateAccountSettingsRequest.class,
                Constraints.none()
                        .required("MinimumThroughputBillingCommitment", "MinimumThroughputBillingCommitment.Status")
                        .oneOf("MinimumThroughputBillingCommitment.Status", List.of("ENABLED", "DISABLED")),
                this::update);
    }

    private CompletionStage<DescribeLimitsResponse> limits(DescribeLimitsRequest request, CallContext call) {
        List<Stream> all = streams.list(call.namespace());
        return CompletableFuture.completedFuture(DescribeLimitsResponse.builder()
                .shardLimit(Limits.SHARDS)
                .openShardCount(Limits.provisionedShards(all))
                .onDemandStreamCount((int) all.stream().filter(Stream::onDemand).count())
                .onDemandStreamCountLimit(streams.limits().onDemandStreams())
                .build());
    }

    private CompletionStage<DescribeAccountSettingsResponse> describe(
            DescribeAccountSettingsRequest request, CallContext call) {
        return CompletableFuture.completedFuture(DescribeAccountSettingsResponse.builder()
                .minimumThroughputBillingCommitment(shape(accounts.of(call.namespace())))
                .build());
    }

    private CompletionStage<UpdateAccountSettingsResponse> update(
            UpdateAccountSettingsRequest request, CallContext call) {
        boolean wanted = request.minimumThroughputBillingCommitment().status()
                == MinimumThroughputBillingCommitmentInputStatus.ENABLED;
        return changes.supply(() -> UpdateAccountSettingsResponse.builder()
                .minimumThroughputBillingCommitment(shape(accounts.commit(call.namespace(), wanted)))
                .build());
    }

    private MinimumThroughputBillingCommitmentOutput shape(Commitment commitment) {
        return MinimumThroughputBillingCommitmentOutput.builder()
                .status(statusOf(commitment))
                .startedAt(instant(commitment.startedMillis()))
                .endedAt(instant(commitment.endedMillis()))
                .earliestAllowedEndAt(commitment.earliestEnd())
                .build();
    }

    private MinimumThroughputBillingCommitmentOutputStatus statusOf(Commitment commitment) {
        if (commitment.isEnding(clock.instant())) {
            return MinimumThroughputBillingCommitmentOutputStatus.ENABLED_UNTIL_EARLIEST_ALLOWED_END;
        }
        return commitment.isCommitted()
                ? MinimumThroughputBillingCommitmentOutputStatus.ENABLED
                : MinimumThroughputBillingCommitmentOutputStatus.DISABLED;
    }

    private static @Nullable Instant instant(@Nullable Long epochMillis) {
        return epochMillis == null ? null : Instant.ofEpochMilli(epochMillis);
    }
}
