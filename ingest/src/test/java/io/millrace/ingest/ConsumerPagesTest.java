package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.time.MovableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Consumer;
import software.amazon.awssdk.services.kinesis.model.ExpiredNextTokenException;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.ListStreamConsumersResponse;

/** Pages of consumers follow each other, of one stream and for five minutes. */
@Timeout(30)
class ConsumerPagesTest {
    @TempDir
    Path directory;

    @Test
    void aTokenIsGoodForItsStreamAndForFiveMinutes() throws Exception {
        MovableClock clock = new MovableClock();
        try (StreamsServer server = StreamsServer.start(directory, clock);
                KinesisClient client = Clients.to(server.port())) {
            String arn = arnOf(client, Clients.createStream(client, 1));
            String other = arnOf(client, Clients.createStream(client, 1));
            for (String name : List.of("a", "b", "c")) {
                client.registerStreamConsumer(r -> r.streamARN(arn).consumerName(name));
            }
            ListStreamConsumersResponse first =
                    client.listStreamConsumers(r -> r.streamARN(arn).maxResults(2));
            ListStreamConsumersResponse second =
                    client.listStreamConsumers(r -> r.streamARN(arn).nextToken(first.nextToken()));

            List<String> names = new ArrayList<>();
            first.consumers().stream().map(Consumer::consumerName).forEach(names::add);
            second.consumers().stream().map(Consumer::consumerName).forEach(names::add);
            assertThat(names).containsExactly("a", "b", "c");
            assertThat(second.nextToken()).isNull();
            assertThatThrownBy(() ->
                            client.listStreamConsumers(r -> r.streamARN(other).nextToken(first.nextToken())))
                    .isInstanceOf(InvalidArgumentException.class);
            clock.move(Duration.ofMinutes(6));
            assertThatThrownBy(() ->
                            client.listStreamConsumers(r -> r.streamARN(arn).nextToken(first.nextToken())))
                    .isInstanceOf(ExpiredNextTokenException.class);
        }
    }

    private static String arnOf(KinesisClient client, String stream) {
        return client.describeStreamSummary(r -> r.streamName(stream))
                .streamDescriptionSummary()
                .streamARN();
    }
}
