package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import io.millrace.protocol.shape.BodyFormat;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * A rule of the API holds in every operation to which it applies, and members that contradict each other are refused.
 */
@Timeout(60)
class OneRuleTest {
    private static final String STREAM = "rules";
    private static final String SHARD = "shardId-000000000000";
    private static final String FUTURE = "4102444800";

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    private static String streamArn;
    private static String consumerArn;
    private static String endOfClosed;

    @BeforeAll
    static void makeAStreamWithAClosedShard() throws InterruptedException {
        PlainCalls calls = SERVER.calls();
        calls.createStream(STREAM, 1);
        streamArn = summary().get("StreamARN").asString();
        consumerArn = calls.succeed(
                        "RegisterStreamConsumer", "{\"StreamARN\":\"" + streamArn + "\",\"ConsumerName\":\"reader\"}")
                .members()
                .get("Consumer")
                .get("ConsumerARN")
                .asString();
        calls.succeed("SplitShard", """
            {"StreamName":"%s","ShardToSplit":"%s","NewStartingHashKey":"170141183460469231731687303715884105728"}
            """.formatted(STREAM, SHARD));
        calls.awaitActive(STREAM);
        endOfClosed = calls.succeed("ListShards", "{\"StreamName\":\"" + STREAM + "\"}")
                .members()
                .get("Shards")
                .get(0)
                .get("SequenceNumberRange")
                .get("EndingSequenceNumber")
                .asString();
    }

    private static JsonNode summary() {
        return SERVER.calls()
                .succeed("DescribeStreamSummary", "{\"StreamName\":\"" + STREAM + "\"}")
                .members()
                .get("StreamDescriptionSummary");
    }

    private static PlainCalls.Answer refused(String operation, String json, String code) {
        PlainCalls.Answer answer = SERVER.calls().call(operation, json, BodyFormat.JSON_1_1);
        assertThat(answer.status())
                .as("%s %s: %s", operation, json, answer.text())
                .isEqualTo(400);
        assertThat(answer.member("__type"))
                .as("%s: %s", operation, answer.text())
                .isEqualTo(code);
        return answer;
    }

    private static String tags(int count, String prefix) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"%s%d\":\"v\"".formatted(prefix, i))
                .collect(Collectors.joining(",", "\"Tags\":{", "}"));
    }

    /** Every operation by which tags come in. */
    private static void refusedEverywhere(String tags, String words) {
        refusedEverywhere(tags, "InvalidArgumentException", words);
    }

    private static void refusedEverywhere(String tags, String code, String words) {
        String named = "{\"StreamName\":\"%s\",%s}";
        for (PlainCalls.Answer answer : new PlainCalls.Answer[] {
            refused("CreateStream", named.formatted("tagged", "\"ShardCount\":1," + tags), code),
            refused("AddTagsToStream", named.formatted(STREAM, tags), code),
            refused(
                    "RegisterStreamConsumer",
                    "{\"StreamARN\":\"%s\",\"ConsumerName\":\"tagged\",%s}".formatted(streamArn, tags),
                    code),
            refused("TagResource", "{\"ResourceARN\":\"%s\",%s}".formatted(streamArn, tags), code),
            refused("TagResource", "{\"ResourceARN\":\"%s\",%s}".formatted(consumerArn, tags), code)
        }) {
            assertThat(answer.member("message")).contains(words);
        }
    }

    @Test
    void fiftyTagsAreTheMost() {
        refusedEverywhere(tags(51, "k"), "more than 50 tags");
    }

    @Test
    void keysOfAwsAreReserved() {
        refusedEverywhere(tags(1, "aws:"), "aws:");
        refusedEverywhere(tags(1, "AWS:"), "aws:");
    }

    @Test
    void aTagHasAValue() {
        refusedEverywhere("\"Tags\":{\"k\":null}", "ValidationException", "Value '{k=null}' at 'tags' failed");
    }

    /** Each operation by which something of a stream is read or changed finds the stream in the same way. */
    @ParameterizedTest
    @ValueSource(strings = {"/consumer/reader:1", "/", "/anything"})
    void whatLiesBelowAStreamIsNoStream(String tail) {
        String arn = "\"%s\":\"" + streamArn + tail + "\"";
        String stream = "{" + arn.formatted("StreamARN") + "%s}";
        refused("DescribeStreamSummary", stream.formatted(""), "InvalidArgumentException");
        refused("PutRecord", stream.formatted(",\"Data\":\"QQ==\",\"PartitionKey\":\"a\""), "InvalidArgumentException");
        refused("RegisterStreamConsumer", stream.formatted(",\"ConsumerName\":\"c\""), "InvalidArgumentException");
        refused("ListStreamConsumers", stream.formatted(""), "InvalidArgumentException");
        refused("DeleteStream", stream.formatted(""), "InvalidArgumentException");
        assertThat(summary().get("StreamStatus").asString()).isEqualTo("ACTIVE");
    }

    @Test
    void fiftyTagsAreTakenAndCanBeChanged() {
        SERVER.calls().succeed("CreateStream", "{\"StreamName\":\"fifty\",\"ShardCount\":1," + tags(50, "k") + "}");
        while (SERVER.calls()
                        .call(
                                "AddTagsToStream",
                                "{\"StreamName\":\"fifty\",\"Tags\":{\"k1\":\"w\"}}",
                                BodyFormat.JSON_1_1)
                        .status()
                != 200) {
            Thread.onSpinWait(); // it is CREATING
        }
    }

    /** The two operations that take a position. */
    private static void refusedPosition(String type, String sequenceNumber, String timestamp, String words) {
        String iterator = "{\"StreamName\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"%s\"%s%s}";
        String subscription = "{\"ConsumerARN\":\"%s\",\"ShardId\":\"%s\",\"StartingPosition\":{\"Type\":\"%s\"%s%s}}";
        String time = timestamp == null ? "" : ",\"Timestamp\":" + timestamp;
        String starting = sequenceNumber == null ? "" : ",\"StartingSequenceNumber\":\"%s\"".formatted(sequenceNumber);
        String number = sequenceNumber == null ? "" : ",\"SequenceNumber\":\"%s\"".formatted(sequenceNumber);
        assertThat(refused(
                                "GetShardIterator",
                                iterator.formatted(STREAM, SHARD, type, starting, time),
                                "InvalidArgumentException")
                        .member("message"))
                .contains(words);
        assertThat(refused(
                                "SubscribeToShard",
                                subscription.formatted(consumerArn, SHARD, type, number, time),
                                "InvalidArgumentException")
                        .member("message"))
                .contains(words);
    }

    @Test
    void positionsThatContradictThemselvesAreRefused() throws InterruptedException {
        awaitConsumer();
        refusedPosition("AT_TIMESTAMP", null, FUTURE, "cannot be greater than the currentTimestampInMillis");
        refusedPosition("AT_TIMESTAMP", null, null, "Must specify timestampInMillis");
        refusedPosition("LATEST", "1", null, "Request specified LATEST and also a StartingSequenceNumber");
        refusedPosition("TRIM_HORIZON", "1", null, "Request specified TRIM_HORIZON and also");
        refusedPosition("AFTER_SEQUENCE_NUMBER", null, null, "and no StartingSequenceNumber");
        refusedPosition(
                "AFTER_SEQUENCE_NUMBER",
                endOfClosed,
                null,
                "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER,"
                        + " SequenceNumber has reached max possible value for the shard");
    }

    private static void awaitConsumer() throws InterruptedException {
        while (!SERVER.calls()
                .succeed("DescribeStreamConsumer", "{\"ConsumerARN\":\"" + consumerArn + "\"}")
                .text()
                .contains("\"ACTIVE\"")) {
            Thread.sleep(10);
        }
    }

    @Test
    void aStreamOfAnotherTimeIsNotFound() {
        String created = summary().get("StreamCreationTimestamp").asString();
        String shards = "{\"StreamName\":\"" + STREAM + "\",\"StreamCreationTimestamp\":%s}";
        String consumers = "{\"StreamARN\":\"" + streamArn + "\",\"StreamCreationTimestamp\":%s}";
        SERVER.calls().succeed("ListShards", shards.formatted(created));
        SERVER.calls().succeed("ListStreamConsumers", consumers.formatted(created));
        refused("ListShards", shards.formatted("1500000000"), "ResourceNotFoundException");
        refused("ListStreamConsumers", consumers.formatted("1500000000"), "ResourceNotFoundException");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"StreamName\":\"rules\"",
                "\"ExclusiveStartShardId\":\"shardId-000000000000\"",
                "\"StreamCreationTimestamp\":1500000000",
                "\"ShardFilter\":{\"Type\":\"AT_LATEST\"}"
            })
    void nothingOfAnotherListStandsBesideAToken(String member) {
        String token = SERVER.calls()
                .succeed("ListShards", "{\"StreamName\":\"" + STREAM + "\",\"MaxResults\":1}")
                .member("NextToken");
        SERVER.calls().succeed("ListShards", "{\"NextToken\":\"" + token + "\"}");
        PlainCalls.Answer answer =
                refused("ListShards", "{\"NextToken\":\"" + token + "\"," + member + "}", "InvalidArgumentException");
        assertThat(answer.member("message")).contains("NextToken", member.substring(1, member.indexOf('"', 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"Type\":\"AT_LATEST\",\"ShardId\":\"shardId-000000000000\"",
                "\"Type\":\"AT_LATEST\",\"Timestamp\":1500000000",
                "\"Type\":\"AT_TRIM_HORIZON\",\"Timestamp\":1500000000",
                "\"Type\":\"FROM_TRIM_HORIZON\",\"ShardId\":\"shardId-000000000000\"",
                "\"Type\":\"AT_TIMESTAMP\",\"Timestamp\":1500000000,\"ShardId\":\"shardId-000000000000\"",
                "\"Type\":\"AFTER_SHARD_ID\",\"ShardId\":\"shardId-000000000000\",\"Timestamp\":1500000000"
            })
    void aFilterHasNothingThatItsTypeDoesNotLookAt(String filter) {
        refused(
                "ListShards",
                "{\"StreamName\":\"%s\",\"ShardFilter\":{%s}}".formatted(STREAM, filter),
                "InvalidArgumentException");
    }

    @Test
    void anIteratorIsOfTheStreamThatIsNamedBesideIt() {
        String iterator = SERVER.calls()
                .succeed(
                        "GetShardIterator",
                        "{\"StreamName\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"TRIM_HORIZON\"}"
                                .formatted(STREAM, SHARD))
                .member("ShardIterator");
        String read = "{\"ShardIterator\":\"" + iterator + "\",\"StreamARN\":\"%s\"}";
        SERVER.calls().succeed("GetRecords", read.formatted(streamArn));
        refused("GetRecords", read.formatted(streamArn + "-other"), "InvalidArgumentException");
    }

    @Test
    void everyIteratorIsANewOne() {
        String iterator = SERVER.calls()
                .succeed("GetShardIterator", """
                    {"StreamName":"%s","ShardId":"shardId-000000000001","ShardIteratorType":"LATEST"}
                    """.formatted(STREAM))
                .member("ShardIterator");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            assertThat(seen.add(iterator)).isTrue();
            iterator = SERVER.calls()
                    .succeed("GetRecords", "{\"ShardIterator\":\"" + iterator + "\"}")
                    .member("NextShardIterator");
        }
    }
}
