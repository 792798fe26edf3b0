package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.time.MovableClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilter;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;

/** The shards of a moment have all hash keys, whatever was forgotten: consumers do not start without. */
@Timeout(30)
class ShardFilterTest {
    private static final String MIDDLE = "170141183460469231731687303715884105728";

    @TempDir
    Path directory;

    private final MovableClock clock = new MovableClock();

    @Test
    void shardsWhoseParentsAreForgottenStandForThem() throws Exception {
        String stream;
        Instant created = clock.instant();
        try (StreamsServer server = StreamsServer.start(directory, clock);
                KinesisClient client = Clients.to(server.port())) {
            stream = Clients.createStream(client, 1);
            clock.move(Duration.ofHours(1));
            client.splitShard(r -> r.streamName(stream).shardToSplit("0").newStartingHashKey(MIDDLE));
            Clients.awaitActive(client, stream);
            assertThat(at(client, stream, f -> f.type(ShardFilterType.AT_TRIM_HORIZON)))
                    .containsExactly("shardId-000000000000");
        }

        clock.move(Duration.ofHours(30));
        Files.delete(directory.resolve("expiry-clock")); // a kept one believes such a jump after a day only
        try (StreamsServer server = StreamsServer.start(directory, clock);
                KinesisClient client = Clients.to(server.port())) {
            while (client.listShards(r -> r.streamName(stream)).shards().size() > 2) {
                Thread.sleep(10); // until the parent is forgotten
            }
            client.increaseStreamRetentionPeriod(r -> r.streamName(stream).retentionPeriodHours(168));
            Clients.awaitActive(client, stream);

            String[] children = {"shardId-000000000001", "shardId-000000000002"};
            assertThat(at(client, stream, f -> f.type(ShardFilterType.AT_TRIM_HORIZON)))
                    .containsExactly(children);
            assertThat(at(
                            client,
                            stream,
                            f -> f.type(ShardFilterType.AT_TIMESTAMP).timestamp(created.minusSeconds(1))))
                    .containsExactly(children);
        }
    }

    private static List<String> at(KinesisClient client, String stream, Consumer<ShardFilter.Builder> filter) {
        return client.listShards(r -> r.streamName(stream).shardFilter(filter)).shards().stream()
                .map(Shard::shardId)
                .toList();
    }
}
