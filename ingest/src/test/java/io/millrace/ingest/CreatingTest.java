package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescription;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** A stream that is CREATING is there, and has no shards yet. */
class CreatingTest {
    @TempDir
    Path directory;

    @Test
    void nothingCanBePutToItOrReadFromIt() {
        try (StreamsServer server = StreamsServer.start(directory, Duration.ofMinutes(5));
                KinesisClient client = Clients.withoutRetries(server.port())) {
            client.createStream(r -> r.streamName("new").shardCount(2));

            StreamDescription described =
                    client.describeStream(r -> r.streamName("new")).streamDescription();
            assertThat(described.streamStatus()).isEqualTo(StreamStatus.CREATING);
            assertThat(described.shards()).isEmpty();
            assertThatThrownBy(() -> client.listShards(r -> r.streamName("new")))
                    .isInstanceOf(ResourceInUseException.class)
                    .hasMessageContaining(
                            "Stream new under account 000000000000 not ACTIVE, instead in state CREATING");
            assertThatThrownBy(() -> client.getShardIterator(r -> r.streamName("new")
                            .shardId("shardId-000000000000")
                            .shardIteratorType(ShardIteratorType.LATEST)))
                    .isInstanceOf(ResourceNotFoundException.class)
                    .hasMessageContaining(
                            "Shard shardId-000000000000 in stream new under account 000000000000 does not exist");
            assertThatThrownBy(() -> client.putRecord(
                            r -> r.streamName("new").partitionKey("k").data(SdkBytes.fromUtf8String("x"))))
                    .isInstanceOf(ResourceNotFoundException.class)
                    .hasMessageContaining("Stream new under account 000000000000 not found.");
            assertThatThrownBy(
                            () -> client.createStream(r -> r.streamName("new").shardCount(1)))
                    .isInstanceOf(ResourceInUseException.class);
        }
    }
}
