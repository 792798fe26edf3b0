package io.millrace.ingest.streams;

import java.util.List;
import java.util.Locale;

/**
 * The quotas of AWS ("Kinesis Data Streams quotas and limits"), which hold where an operator wants them and not
 * otherwise. Immutable.
 *
 * @param enforced whether what is beyond a quota is refused
 */
public record Limits(boolean enforced) {
    public static final Limits OFF = new Limits(false);
    public static final Limits AWS = new Limits(true);

    /**
     * Open shards of provisioned streams in an account and region (the default of us-east-1). It holds where quotas do
     * not,
     * too: DescribeLimits says it, and a shard takes memory.
     */
    public static final int SHARDS = 20_000;

    /** On-demand streams in an account and region. */
    private static final int ON_DEMAND_STREAMS = 50;

    /** As many as have four shards each within the limit of shards. */
    private static final int MOST_ON_DEMAND_STREAMS = SHARDS / 4;

    private static final int CREATING_STREAMS = 5;
    private static final int CONSUMERS = 20;
    private static final int CREATING_CONSUMERS = 5;

    /**
     * Returns how many on-demand streams there may be in an account and region, which holds whether or not quotas do.
     */
    public int onDemandStreams() {
        return enforced ? ON_DEMAND_STREAMS : MOST_ON_DEMAND_STREAMS;
    }

    /** @param existing the streams of the account and region */
    void refuseStream(List<Stream> existing, NewStream wanted) {
        StreamKey key = wanted.key();
        String account = key.namespace().account();
        if (enforced
                && existing.stream()
                                .filter(stream -> stream.status() == StreamStatus.CREATING)
                                .count()
                        >= CREATING_STREAMS) {
            throw StreamErrors.limitExceeded(String.format(
                    Locale.ROOT,
                    "Only %d streams can be created at the same time under account %s.",
                    CREATING_STREAMS,
                    account));
        }
        if (wanted.onDemand() && existing.stream().filter(Stream::onDemand).count() >= onDemandStreams()) {
            throw StreamErrors.limitExceeded(String.format(
                    Locale.ROOT,
                    "This request would exceed the limit of %d on-demand streams for the account %s in %s.",
                    onDemandStreams(),
                    account,
                    key.namespace().region()));
        }
        if (!wanted.onDemand()) {
            refuseShards(existing, key, wanted.shardCount());
        }
    }

    /** @param existing the streams of the account and region */
    void refuseShards(List<Stream> existing, StreamKey key, int additional) {
        long open = provisionedShards(existing);
        if (additional > 0 && open + additional > SHARDS) {
            throw StreamErrors.limitExceeded(String.format(
                    Locale.ROOT,
                    ("This request would exceed the shard limit for the account %s in %s. Current shard count for the"
                            + " account: %d. Limit: %d. Number of additional shards that would have resulted from this"
                            + " request: %d. Refer to the AWS Service Limits page"
                            + " (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits"
                            + " and how to request higher limits."),
                    key.namespace().account(),
                    key.namespace().region(),
                    open,
                    SHARDS,
                    additional));
        }
    }

    /** Returns how many open shards the provisioned streams have. */
    public static int provisionedShards(List<Stream> streams) {
        return streams.stream()
                .filter(stream -> !stream.onDemand())
                .mapToInt(stream -> stream.openShards().size())
                .sum();
    }

    void refuseConsumer(Stream stream, String name) {
        long creating = stream.consumers().stream()
                .filter(consumer -> consumer.status() == StreamConsumer.Status.CREATING)
                .count();
        if (enforced && (stream.consumers().size() >= CONSUMERS || creating >= CREATING_CONSUMERS)) {
            throw StreamErrors.limitExceeded(String.format(
                    Locale.ROOT,
                    "Failed to create consumer: %s under stream: %s, account: %s, consumer limit: %d exceeded.",
                    name,
                    stream.name(),
                    stream.key().namespace().account(),
                    CONSUMERS));
        }
    }
}
