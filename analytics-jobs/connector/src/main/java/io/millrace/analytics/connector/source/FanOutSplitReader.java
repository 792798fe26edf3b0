package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.client.SubscriptionClient;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Reads the shards of a task by SubscribeToShard, each by a {@link ShardSubscription}. */
final class FanOutSplitReader extends AheadSplitReader {
    private final KinesisClient client;
    private final SubscriptionClient pushing;
    private final ShardSubscription.Shared shared;

    FanOutSplitReader(Connection connection, StreamRef stream, FanOut fanOut, long aheadBytes) {
        super(stream, aheadBytes);
        this.client = connection.open();
        this.pushing = SubscriptionClient.open(connection, fanOut.maxConcurrency());
        this.shared = new ShardSubscription.Shared(
                pushing.kinesis(), stream, fanOut, new KnownConsumer(client, stream, fanOut), executor(), budget());
    }

    @Override
    ShardReading read(ShardSplit split, Consumer<ShardReading.Batch> arrives) {
        return new ShardSubscription(split, shared, arrives);
    }

    @Override
    void closeClients() {
        pushing.close();
        client.close();
    }

    /** The consumer, looked for once for all shards. */
    private static final class KnownConsumer implements ShardSubscription.ConsumerArn {
        private final StreamConsumer consumer;
        private @Nullable String arn;

        KnownConsumer(KinesisClient client, StreamRef stream, FanOut fanOut) {
            this.consumer = new StreamConsumer(client, stream, fanOut);
        }

        @Override
        public synchronized String get() throws InterruptedException {
            String known = arn;
            if (known == null) {
                known = consumer.activeArn();
                arn = known;
            }
            return known;
        }

        @Override
        public synchronized void lost(String lost) {
            if (lost.equals(arn)) {
                arn = null;
            }
        }
    }
}
