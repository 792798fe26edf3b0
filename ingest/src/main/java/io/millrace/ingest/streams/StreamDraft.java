package io.millrace.ingest.streams;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stream of which some members are being changed. Confined to one thread. */
final class StreamDraft {
    private final Stream before;

    StreamStatus status;
    boolean onDemand;
    Distribution distribution;
    int retentionHours;
    int maxRecordKiB;

    @Nullable
    Integer warmThroughputMiBps;

    @Nullable
    String encryptionKey;

    List<String> shardLevelMetrics;
    Map<String, String> tags;

    @Nullable
    String policy;

    List<ShardInfo> shards;
    List<StreamConsumer> consumers;

    @Nullable
    Resharding resharding;

    StreamDraft(Stream before) {
        this.before = before;
        this.status = before.status();
        this.onDemand = before.onDemand();
        this.distribution = before.distribution();
        this.retentionHours = before.retentionHours();
        this.maxRecordKiB = before.maxRecordKiB();
        this.warmThroughputMiBps = before.warmThroughputMiBps();
        this.encryptionKey = before.encryptionKey();
        this.shardLevelMetrics = before.shardLevelMetrics();
        this.tags = before.tags();
        this.policy = before.policy();
        this.shards = before.shards();
        this.consumers = before.consumers();
        this.resharding = before.resharding();
    }

    /** Adds a consumer, or replaces the one of its name. */
    void put(StreamConsumer consumer) {
        remove(consumer.name());
        List<StreamConsumer> all = new ArrayList<>(consumers);
        all.add(consumer);
        consumers = all;
    }

    void remove(String consumerName) {
        consumers = consumers.stream()
                .filter(consumer -> !consumer.name().equals(consumerName))
                .toList();
    }

    Stream toStream() {
        return new Stream(
                before.key(),
                before.createdEpochMillis(),
                status,
                onDemand,
                distribution,
                before.internal(),
                retentionHours,
                maxRecordKiB,
                warmThroughputMiBps,
                encryptionKey,
                shardLevelMetrics,
                tags,
                policy,
                shards,
                consumers,
                resharding);
    }
}
