package io.millrace.ingest.streams;

import io.millrace.ingest.log.KeyProvider;
import io.millrace.protocol.api.ServiceException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The errors of Kinesis Data Streams in AWS's words. */
public final class StreamErrors {
    private StreamErrors() {}

    public static ServiceException streamNotFound(StreamKey stream) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                String.format(
                        Locale.ROOT,
                        "Stream %s under account %s not found.",
                        stream.name(),
                        stream.namespace().account()));
    }

    public static ServiceException streamExists(StreamKey stream) {
        return ServiceException.refused(
                "ResourceInUseException",
                String.format(
                        Locale.ROOT,
                        "Stream %s under account %s already exists.",
                        stream.name(),
                        stream.namespace().account()));
    }

    public static ServiceException notActive(StreamKey stream, StreamStatus status) {
        return ServiceException.refused(
                "ResourceInUseException",
                String.format(
                        Locale.ROOT,
                        "Stream %s under account %s not ACTIVE, instead in state %s",
                        stream.name(),
                        stream.namespace().account(),
                        status));
    }

    public static ServiceException shardNotFound(StreamKey stream, String shardId) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                String.format(
                        Locale.ROOT,
                        "Shard %s in stream %s under account %s does not exist",
                        shardId,
                        stream.name(),
                        stream.namespace().account()));
    }

    /** The text for an id that is none of the stream's shards, where one is to be changed. */
    public static ServiceException couldNotFindShard(StreamKey stream, String shardId) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                String.format(
                        Locale.ROOT,
                        "Could not find shard %s in stream %s under account %s.",
                        shardId,
                        stream.name(),
                        stream.namespace().account()));
    }

    /** A shard that was split or merged already cannot be again. */
    public static ServiceException shardClosed(StreamKey stream, String shardId) {
        return ServiceException.refused(
                "InvalidArgumentException",
                String.format(
                        Locale.ROOT,
                        "Shard %s in stream %s under account %s has already been merged or split, and thus is not eligible for merging or splitting.",
                        shardId,
                        stream.name(),
                        stream.namespace().account()));
    }

    /** The text of a shard's reads that are used up, which AWS words in another way than that of puts. */
    public static String readRateExceeded(StreamKey stream, ShardInfo shard) {
        return "Rate exceeded for Shard - "
                + String.join("/", stream.namespace().account(), stream.name(), shard.id());
    }

    /** The text of a shard's throughput for puts that is used up. */
    public static String rateExceeded(StreamKey stream, ShardInfo shard) {
        return String.format(
                Locale.ROOT,
                "Rate exceeded for shard %s in stream %s under account %s.",
                shard.id(),
                stream.name(),
                stream.namespace().account());
    }

    public static ServiceException consumerNotFound(String consumer, StreamKey stream) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                String.format(
                        Locale.ROOT,
                        "Consumer %s, stream %s not found.",
                        consumer,
                        stream.namespace().arn("kinesis", "stream/" + stream.name())));
    }

    /** A consumer that is still CREATING, or DELETING already, has no subscriptions. */
    public static ServiceException consumerNotActive(StreamConsumer consumer, StreamKey stream) {
        return resourceInUse("Consumer " + consumer.name() + " with creation timestamp " + consumer.createdSecond()
                + " under stream: " + stream.name() + " , account "
                + stream.namespace().account() + " is not in ACTIVE status.");
    }

    /** A consumer has another subscription to a shard. */
    public static ServiceException subscribedAlready(StreamConsumer consumer, StreamKey stream, String shardId) {
        return resourceInUse("Another active subscription exists for this consumer: "
                + String.join(":", stream.namespace().account(), stream.name(), shardId, consumer.name()));
    }

    public static ServiceException resourceInUse(String message) {
        return ServiceException.refused("ResourceInUseException", message);
    }

    public static ServiceException invalidArgument(String message) {
        return ServiceException.refused("InvalidArgumentException", message);
    }

    public static ServiceException limitExceeded(String message) {
        return ServiceException.refused("LimitExceededException", message);
    }

    /** @throws ServiceException if a stream of a capacity mode cannot distribute its records in a way */
    public static void refuseDistribution(Distribution distribution, boolean onDemand) {
        if (distribution == Distribution.AUTO && !onDemand) {
            throw invalidArgument(
                    "RecordDistributionStrategy AUTO is only supported for data streams with the on-demand"
                            + " capacity mode.");
        }
    }

    /** A caller speaks of a resource of another account. */
    public static ServiceException accessDenied(String message) {
        return ServiceException.refused("AccessDeniedException", message);
    }

    /** The master key of an encrypted stream cannot be used; why is said in the node's log. */
    public static ServiceException keyUnusable(String keyId) {
        return ServiceException.refused(
                "KMSAccessDeniedException",
                String.format(Locale.ROOT, "The key %s cannot be used by this service.", keyId));
    }

    /** As the other, for a key that records were encrypted under. */
    static ServiceException keyUnusable(KeyProvider.UnusableKeyException why) {
        return why.isMissing()
                ? ServiceException.refused(
                        "KMSNotFoundException", String.format(Locale.ROOT, "Key '%s' does not exist", why.keyId()))
                : keyUnusable(why.keyId());
    }

    /** The node cannot take records at the moment, for a reason that its operator should hear of. */
    public static ServiceException unavailable(@Nullable String reason) {
        return new ServiceException("InternalFailureException", 500, reason == null ? "" : reason);
    }

    /** The node took in more than it has memory for; clients retry this by themselves. */
    public static ServiceException throttled(StreamKey stream) {
        return ServiceException.refused(
                "ProvisionedThroughputExceededException",
                String.format(
                        Locale.ROOT,
                        "Rate exceeded for stream %s under account %s.",
                        stream.name(),
                        stream.namespace().account()));
    }
}
