package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import java.util.function.Consumer;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Reads the shards of a task by GetRecords, each by a {@link ShardFetcher}. */
final class PollingSplitReader extends AheadSplitReader {
    private final KinesisClient client;
    private final ShardFetcher.Shared shared;

    PollingSplitReader(Connection connection, StreamRef stream, KinesisSource.Options options) {
        super(stream, options.aheadBytes());
        this.client = connection.open();
        this.shared = new ShardFetcher.Shared(client, stream, options, executor(), budget());
    }

    @Override
    ShardReading read(ShardSplit split, Consumer<ShardReading.Batch> arrives) {
        return new ShardFetcher(split, shared, arrives);
    }

    @Override
    void closeClients() {
        client.close();
    }
}
