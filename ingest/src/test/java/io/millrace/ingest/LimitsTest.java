package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.streams.Limits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamMode;

/** A node with the limits of AWS. */
@Timeout(30)
class LimitsTest {
    private static final String OTHER_HALF = "170141183460469231731687303715884105728";

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.AWS);

    private static KinesisClient client;

    @BeforeAll
    static void start() {
        client = Clients.withoutRetries(SERVER.port());
    }

    @AfterAll
    static void stop() {
        client.close();
    }

    @Test
    void moreThanAMebibyteASecondIsRefusedRecordByRecordAndOnlyOfTheShardThatIsFull() throws Exception {
        String stream = Clients.createStream(client, 2);
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            entries.add(entry("0", 100 * 1024));
        }
        entries.add(entry(OTHER_HALF, 100 * 1024));

        PutRecordsResponse response =
                client.putRecords(r -> r.streamName(stream).records(entries));

        List<PutRecordsResultEntry> results = response.records();
        assertThat(response.failedRecordCount()).isEqualTo(2);
        assertThat(results.subList(0, 10)).allMatch(result -> result.sequenceNumber() != null);
        for (PutRecordsResultEntry refused : results.subList(10, 12)) {
            assertThat(refused.errorCode()).isEqualTo("ProvisionedThroughputExceededException");
            assertThat(refused.errorMessage())
                    .isEqualTo("Rate exceeded for shard shardId-000000000000 in stream %s under account 000000000000."
                            .formatted(stream));
            assertThat(refused.sequenceNumber()).isNull();
        }
        assertThat(results.get(12).shardId()).isEqualTo("shardId-000000000001");
        assertThatThrownBy(() -> oftenAtOnce(() -> putFull(stream)))
                .isInstanceOf(ProvisionedThroughputExceededException.class)
                .hasMessageContaining("Rate exceeded for shard shardId-000000000000 in stream");
        Thread.sleep(1100);
        putFull(stream);
    }

    private static void putFull(String stream) {
        client.putRecord(r -> r.streamName(stream)
                .partitionKey("k")
                .explicitHashKey("0")
                .data(SdkBytes.fromByteArray(new byte[900 * 1024])));
    }

    /** However slow the machine is, so many calls come faster than they may. */
    private static void oftenAtOnce(Runnable call) {
        for (int i = 0; i < 50; i++) {
            call.run();
        }
    }

    @Test
    void moreThanAThousandRecordsASecondAreRefused() throws Exception {
        String stream = Clients.createStream(client, 1);
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            entries.add(entry("0", 1));
        }
        int failed = 0;
        for (int i = 0; i < 4; i++) {
            failed += client.putRecords(r -> r.streamName(stream).records(entries))
                    .failedRecordCount();
        }
        assertThat(failed).isBetween(1, 1000);
    }

    @Test
    void aShardIsReadFiveTimesASecond() throws Exception {
        String stream = Clients.createStream(client, 1);
        String iterator = client.getShardIterator(r -> r.streamName(stream)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        client.getRecords(r -> r.shardIterator(iterator));
        assertThatThrownBy(() -> oftenAtOnce(() -> client.getRecords(r -> r.shardIterator(iterator))))
                .isInstanceOf(ProvisionedThroughputExceededException.class)
                .hasMessageContaining("Rate exceeded for Shard - 000000000000/" + stream + "/shardId-000000000000");
    }

    @Test
    void theCapacityModeChangesTwiceADay() throws Exception {
        String stream = Clients.createStream(client, 1);
        String arn = Clients.awaitActive(client, stream).streamARN();
        for (StreamMode mode : new StreamMode[] {StreamMode.ON_DEMAND, StreamMode.PROVISIONED}) {
            changeMode(arn, mode);
            Clients.awaitActive(client, stream);
        }
        assertThatThrownBy(() -> changeMode(arn, StreamMode.ON_DEMAND))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("Rate exceeded for stream %s under account 000000000000.".formatted(stream));
    }

    @Test
    void warmThroughputDoesNotCountAsAChangeOfTheMode() throws Exception {
        client.updateAccountSettings(r -> r.minimumThroughputBillingCommitment(c -> c.status("ENABLED")));
        String stream = Clients.createStream(client, 1);
        String arn = Clients.awaitActive(client, stream).streamARN();
        changeMode(arn, StreamMode.ON_DEMAND);
        Clients.awaitActive(client, stream);
        for (int warm = 2; warm < 5; warm++) {
            int wanted = warm;
            Clients.withinRates(() ->
                    client.updateStreamWarmThroughput(r -> r.streamARN(arn).warmThroughputMiBps(wanted)));
            Clients.awaitActive(client, stream);
        }
        changeMode(arn, StreamMode.PROVISIONED);
    }

    private static void changeMode(String arn, StreamMode mode) throws InterruptedException {
        Clients.withinRates(
                () -> client.updateStreamMode(r -> r.streamARN(arn).streamModeDetails(m -> m.streamMode(mode))));
    }

    @Test
    void operationsThatDescribeHaveARateOfTheirOwn() {
        client.describeLimits();
        assertThatThrownBy(() -> oftenAtOnce(() -> client.describeLimits())).isInstanceOf(LimitExceededException.class);
        client.describeAccountSettings(r -> {});
        assertThatThrownBy(() -> oftenAtOnce(() -> client.describeAccountSettings(r -> {})))
                .isInstanceOf(LimitExceededException.class);
    }

    private static PutRecordsRequestEntry entry(String hashKey, int bytes) {
        return PutRecordsRequestEntry.builder()
                .partitionKey("k")
                .explicitHashKey(hashKey)
                .data(SdkBytes.fromByteArray(new byte[bytes]))
                .build();
    }
}
