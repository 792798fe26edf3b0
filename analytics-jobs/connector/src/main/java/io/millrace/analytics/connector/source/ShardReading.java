package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/** The reading of one shard ahead of its task. Thread-safe. */
interface ShardReading {

    /**
     * Records of a shard in order.
     *
     * @param bytes of the budget that they hold, until {@link FetchBudget#giveBack} is called
     * @param last whether the shard ends here
     * @param failure why the shard cannot be read; the records are empty then
     */
    record Batch(
            ShardReading from,
            List<KinesisRecord> records,
            long bytes,
            boolean last,
            @Nullable RuntimeException failure) {}

    /** Returns the failure of a shard that no retry makes readable. */
    static FinalFailureException unreadable(StreamRef stream, String shardId, SdkException cause) {
        return new FinalFailureException(
                "stream '" + stream.nameOrArn() + "': " + shardId + " cannot be read: " + CallFailure.wordsOf(cause),
                cause);
    }

    String shardId();

    void start();

    /** Tells that a batch was taken out of the queue. */
    void taken();

    void pause(boolean pausing);

    void stop();
}
