package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.streams.Limits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Accounts do not see each other's streams, neither by name nor by ARN nor by iterator. */
@Timeout(20)
class AccountsTest {
    private static final String NAME = "same-name";

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    private static KinesisClient first;
    private static KinesisClient second;

    @BeforeAll
    static void start() throws InterruptedException {
        first = Clients.of(SERVER.port(), "111111111111");
        second = Clients.of(SERVER.port(), "222222222222");
        for (KinesisClient client : new KinesisClient[] {first, second}) {
            client.createStream(r -> r.streamName(NAME).shardCount(1));
            Clients.awaitActive(client, NAME);
        }
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
    }

    @Test
    void theSameNameIsAnotherStreamInEachAccount() throws InterruptedException {
        assertThat(Clients.awaitActive(first, NAME).streamARN())
                .isEqualTo("arn:aws:kinesis:us-east-1:111111111111:stream/" + NAME);
        first.putRecord(r -> r.streamName(NAME).partitionKey("k").data(SdkBytes.fromUtf8String("of the first")));

        assertThat(second.getRecords(r -> r.shardIterator(iterator(second))).records())
                .isEmpty();
        assertThat(second.listStreams().streamNames()).containsExactly(NAME);
    }

    @Test
    void whatIsAnothersIsDeniedByArnAndByIterator() throws InterruptedException {
        String arn = Clients.awaitActive(first, NAME).streamARN();
        String iterator = iterator(first);

        assertThatThrownBy(() ->
                        second.putRecord(r -> r.streamARN(arn).partitionKey("k").data(SdkBytes.fromUtf8String("x"))))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageContaining("User: arn:aws:iam::222222222222:root is not authorized to perform:"
                        + " kinesis:PutRecord on resource: " + arn);
        assertThatThrownBy(() -> second.listTagsForResource(r -> r.resourceARN(arn)))
                .isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> second.deleteStream(r -> r.streamARN(arn))).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> second.listShards(r -> r.streamARN(arn))).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> second.getRecords(r -> r.shardIterator(iterator)))
                .isInstanceOf(AccessDeniedException.class);
    }

    private static String iterator(KinesisClient client) {
        return client.getShardIterator(r -> r.streamName(NAME)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
    }
}
