package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import io.millrace.protocol.shape.BodyFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls with {@code DryRun} are checked and do nothing. */
@Timeout(60)
class DryRunTest {
    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    @RegisterExtension
    static final RunningServer LIMITED = new RunningServer(Limits.AWS);

    private static PlainCalls.Answer call(String operation, String json, BodyFormat format) {
        return SERVER.calls().call(operation, json, format);
    }

    private static void isDryRun(PlainCalls.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.member("__type")).as(answer.text()).endsWith("DryRunOperationException");
        assertThat(answer.member("message")).contains("DryRun");
    }

    private static String iterator(PlainCalls calls, String stream) {
        return calls.succeed("GetShardIterator", """
            {"StreamName":"%s","ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON"}
            """.formatted(stream)).member("ShardIterator");
    }

    private static int records(String stream) {
        return SERVER.calls()
                .succeed("GetRecords", "{\"ShardIterator\":\"" + iterator(SERVER.calls(), stream) + "\"}")
                .members()
                .get("Records")
                .size();
    }

    @ParameterizedTest
    @EnumSource(
            value = BodyFormat.class,
            names = {"JSON_1_1", "CBOR"})
    void nothingIsWritten(BodyFormat format) throws Exception {
        String stream = "dry-" + format.name().replace('_', '-');
        SERVER.calls().createStream(stream, 1);
        String one = "{\"StreamName\":\"%s\",\"PartitionKey\":\"k\",\"Data\":\"AAAA\",\"DryRun\":%s}";
        String many = "{\"StreamName\":\"%s\",\"Records\":[{\"PartitionKey\":\"k\",\"Data\":\"AAAA\"}],\"DryRun\":%s}";

        isDryRun(call("PutRecord", one.formatted(stream, "true"), format));
        isDryRun(call("PutRecords", many.formatted(stream, "true"), format));

        assertThat(records(stream)).isZero();
        assertThat(call("PutRecord", one.formatted(stream, "false"), format).status())
                .isEqualTo(200);
        assertThat(call("PutRecords", many.formatted(stream, "null"), format).status())
                .isEqualTo(200);
        assertThat(records(stream)).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsSaidInstead() throws Exception {
        SERVER.calls().createStream("wrong", 1);
        assertThat(put("none", "\"PartitionKey\":\"k\",\"Data\":\"AAAA\"")).isEqualTo("ResourceNotFoundException");
        assertThat(put("wrong", "\"Data\":\"AAAA\"")).isEqualTo("ValidationException");
        assertThat(put(
                        "wrong",
                        "\"PartitionKey\":\"k\",\"Data\":\"AAAA\","
                                + "\"ExplicitHashKey\":\"340282366920938463463374607431768211456\""))
                .isEqualTo("InvalidArgumentException");
    }

    private static String put(String stream, String members) {
        return call(
                        "PutRecord",
                        "{\"StreamName\":\"%s\",%s,\"DryRun\":true}".formatted(stream, members),
                        BodyFormat.JSON_1_1)
                .member("__type");
    }

    @Test
    void readersAskWithoutReading() throws Exception {
        SERVER.calls().createStream("read", 1);
        String shard = "\"StreamName\":\"read\",\"ShardId\":\"shardId-000000000000\",\"DryRun\":true";
        isDryRun(call(
                "GetShardIterator", "{%s,\"ShardIteratorType\":\"LATEST\"}".formatted(shard), BodyFormat.JSON_1_1));
        assertThat(call(
                                "GetShardIterator",
                                "{%s,\"ShardIteratorType\":\"AT_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"1\"}"
                                        .formatted(shard),
                                BodyFormat.JSON_1_1)
                        .member("__type"))
                .isEqualTo("InvalidArgumentException");
        isDryRun(call(
                "GetRecords",
                "{\"ShardIterator\":\"%s\",\"DryRun\":true}".formatted(iterator(SERVER.calls(), "read")),
                BodyFormat.JSON_1_1));
        String arn = SERVER.calls()
                .succeed("DescribeStreamSummary", "{\"StreamName\":\"read\"}")
                .members()
                .get("StreamDescriptionSummary")
                .get("StreamARN")
                .asString();
        String consumer = SERVER.calls()
                .succeed("RegisterStreamConsumer", "{\"StreamARN\":\"%s\",\"ConsumerName\":\"c\"}".formatted(arn))
                .members()
                .get("Consumer")
                .get("ConsumerARN")
                .asString();
        String described = "{\"ConsumerARN\":\"" + consumer + "\"}";
        while (!SERVER.calls()
                .succeed("DescribeStreamConsumer", described)
                .text()
                .contains("\"ACTIVE\"")) {
            Thread.sleep(10);
        }
        isDryRun(call("SubscribeToShard", """
            {"ConsumerARN":"%s","ShardId":"shardId-000000000000","StartingPosition":{"Type":"LATEST"},"DryRun":true}
            """.formatted(consumer), BodyFormat.JSON_1_1));
    }

    @Test
    void underLimitsAStreamHasOneASecond() throws Exception {
        LIMITED.calls().createStream("limited", 1);
        String put = "{\"StreamName\":\"limited\",\"PartitionKey\":\"k\",\"Data\":\"AAAA\",\"DryRun\":true}";
        String read = "{\"ShardIterator\":\"" + iterator(LIMITED.calls(), "limited") + "\",\"DryRun\":true}";
        isDryRun(LIMITED.calls().call("PutRecord", put, BodyFormat.JSON_1_1));

        assertThat(LIMITED.calls().call("GetRecords", read, BodyFormat.JSON_1_1).member("__type"))
                .isEqualTo("ThrottlingException");
    }
}
