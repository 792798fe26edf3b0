package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import io.millrace.protocol.shape.BodyFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What AWS answers where nothing was said: as recorded of the real service. */
@Timeout(60)
class DefaultsTest {
    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    @RegisterExtension
    static final RunningServer LIMITED = new RunningServer(Limits.AWS);

    private static JsonNode summary(String stream) {
        return SERVER.calls()
                .succeed("DescribeStreamSummary", "{\"StreamName\":\"" + stream + "\"}")
                .members()
                .get("StreamDescriptionSummary");
    }

    @Test
    void aStreamWithoutAShardCountIsOnDemand() throws InterruptedException {
        SERVER.calls().succeed("CreateStream", "{\"StreamName\":\"unsaid\"}");
        SERVER.calls().awaitActive("unsaid");
        assertThat(summary("unsaid").get("OpenShardCount").asInt()).isEqualTo(4);
        assertThat(summary("unsaid").get("StreamModeDetails").get("StreamMode").asString())
                .isEqualTo("ON_DEMAND");
        assertThat(SERVER.calls()
                        .call(
                                "CreateStream",
                                "{\"StreamName\":\"said\",\"StreamModeDetails\":{\"StreamMode\":\"PROVISIONED\"}}",
                                BodyFormat.JSON_1_1)
                        .member("message"))
                .contains("ShardCount is a required parameter");
    }

    @Test
    void whereNoPolicyIsItIsEmpty() throws InterruptedException {
        SERVER.calls().createStream("open", 1);
        String resource =
                "\"ResourceARN\":\"" + summary("open").get("StreamARN").asString() + "\"";
        assertThat(SERVER.calls()
                        .succeed("GetResourcePolicy", "{" + resource + "}")
                        .member("Policy"))
                .isEqualTo("{}");
        SERVER.calls().succeed("PutResourcePolicy", "{" + resource + ",\"Policy\":\"{\\\"Statement\\\":[]}\"}");
        SERVER.calls().succeed("DeleteResourcePolicy", "{" + resource + "}");
        assertThat(SERVER.calls()
                        .succeed("GetResourcePolicy", "{" + resource + "}")
                        .member("Policy"))
                .isEqualTo("{}");
    }

    @Test
    void descriptionsHaveEveryMemberThatAwsSends() throws InterruptedException {
        SERVER.calls().createStream("described", 1);
        JsonNode described = SERVER.calls()
                .succeed("DescribeStream", "{\"StreamName\":\"described\"}")
                .members()
                .get("StreamDescription");
        assertThat(described.propertyNames())
                .containsExactlyInAnyOrder(
                        "StreamName",
                        "StreamARN",
                        "StreamStatus",
                        "StreamModeDetails",
                        "Shards",
                        "HasMoreShards",
                        "RetentionPeriodHours",
                        "StreamCreationTimestamp",
                        "EnhancedMonitoring",
                        "EncryptionType");
        assertThat(described.get("EncryptionType").asString()).isEqualTo("NONE");
        assertThat(described.get("EnhancedMonitoring").toString()).isEqualTo("[{\"ShardLevelMetrics\":[]}]");
        assertThat(described.get("Shards").get(0).get("SequenceNumberRange").propertyNames())
                .containsExactly("StartingSequenceNumber");
        assertThat(summary("described").propertyNames())
                .contains(
                        "OpenShardCount",
                        "ConsumerCount",
                        "ChannelCount",
                        "MaxRecordSizeInKiB",
                        "EncryptionType",
                        "EnhancedMonitoring",
                        "RecordDistributionStrategy");
    }

    @Test
    void anUnencryptedPutSaysNothingOfEncryption() throws InterruptedException {
        SERVER.calls().createStream("plain", 1);
        assertThat(SERVER.calls()
                        .succeed("PutRecord", "{\"StreamName\":\"plain\",\"PartitionKey\":\"k\",\"Data\":\"AAAA\"}")
                        .members()
                        .propertyNames())
                .containsExactlyInAnyOrder("ShardId", "SequenceNumber");
        assertThat(SERVER.calls().succeed("PutRecords", """
            {"StreamName":"plain","Records":[{"PartitionKey":"k","Data":"AAAA"}]}
            """).members().propertyNames())
                .containsExactlyInAnyOrder("FailedRecordCount", "Records");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theShardLimitThatIsShownHolds(boolean enforced) {
        PlainCalls calls = enforced ? LIMITED.calls() : SERVER.calls();
        JsonNode limits = calls.succeed("DescribeLimits", "{}").members();
        int free =
                limits.get("ShardLimit").asInt() - limits.get("OpenShardCount").asInt();
        for (int beyond : List.of(free + 1, 100_000)) {
            assertThat(calls.call(
                                    "CreateStream",
                                    "{\"StreamName\":\"wide\",\"ShardCount\":%d}".formatted(beyond),
                                    BodyFormat.JSON_1_1)
                            .member("__type"))
                    .isEqualTo("LimitExceededException");
        }
    }
}
