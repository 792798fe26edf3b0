package io.millrace.ingest.api;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.EnhancedMetrics;
import software.amazon.awssdk.services.kinesis.model.StreamDescription;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.StreamModeDetails;
import software.amazon.awssdk.services.kinesis.model.StreamSummary;
import software.amazon.awssdk.services.kinesis.model.WarmThroughputObject;

/** Streams in the shapes of the API. */
final class StreamShapes {
    private StreamShapes() {}

    /** @param exclusiveStart the shard before the first one that is shown */
    static StreamDescription description(Stream stream, @Nullable String exclusiveStart, int limit) {
        List<ShardInfo> shards = stream.status() == StreamStatus.CREATING ? List.of() : stream.shards();
        List<ShardInfo> after = exclusiveStart == null
                ? shards
                : shards.stream()
                        .filter(shard -> shard.id().compareTo(exclusiveStart) > 0)
                        .toList();
        return StreamDescription.builder()
                .streamName(stream.name())
                .streamARN(stream.arn())
                .streamStatus(stream.status().name())
                .streamModeDetails(mode(stream))
                .shards(after.stream().limit(limit).map(ShardShapes::shard).toList())
                .hasMoreShards(after.size() > limit)
                .retentionPeriodHours(stream.retentionHours())
                .streamCreationTimestamp(created(stream))
                .enhancedMonitoring(metrics(stream))
                .encryptionType(encryption(stream))
                .keyId(stream.encryptionKey())
                .build();
    }

    static StreamDescriptionSummary summary(Stream stream) {
        return StreamDescriptionSummary.builder()
                .streamName(stream.name())
                .streamARN(stream.arn())
                .streamStatus(stream.status().name())
                .streamModeDetails(mode(stream))
                .retentionPeriodHours(stream.retentionHours())
                .streamCreationTimestamp(created(stream))
                .enhancedMonitoring(metrics(stream))
                .encryptionType(encryption(stream))
                .keyId(stream.encryptionKey())
                .openShardCount(stream.openShards().size())
                .consumerCount(stream.consumers().size())
                .warmThroughput(warmThroughput(stream))
                .maxRecordSizeInKiB(stream.maxRecordKiB())
                .channelCount(0)
                .recordDistributionStrategy(stream.distribution().name())
                .build();
    }

    static StreamSummary inList(Stream stream) {
        return StreamSummary.builder()
                .streamName(stream.name())
                .streamARN(stream.arn())
                .streamStatus(stream.status().name())
                .streamModeDetails(mode(stream))
                .streamCreationTimestamp(created(stream))
                .build();
    }

    /** Returns what an on-demand stream is to be ready for and is: nothing where nobody has asked for it. */
    static @Nullable WarmThroughputObject warmThroughput(Stream stream) {
        Integer target = stream.warmThroughputMiBps();
        return target == null
                ? null
                : WarmThroughputObject.builder()
                        .targetMiBps(target)
                        .currentMiBps(Math.min(target, stream.openShards().size()))
                        .build();
    }

    private static Instant created(Stream stream) {
        return Instant.ofEpochMilli(stream.createdEpochMillis());
    }

    private static StreamModeDetails mode(Stream stream) {
        return StreamModeDetails.builder()
                .streamMode(stream.onDemand() ? StreamMode.ON_DEMAND : StreamMode.PROVISIONED)
                .build();
    }

    private static EnhancedMetrics metrics(Stream stream) {
        return EnhancedMetrics.builder()
                .shardLevelMetricsWithStrings(stream.shardLevelMetrics())
                .build();
    }

    private static EncryptionType encryption(Stream stream) {
        return stream.encryptionKey() == null ? EncryptionType.NONE : EncryptionType.KMS;
    }
}
