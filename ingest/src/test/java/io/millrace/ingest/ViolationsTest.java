package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import io.millrace.protocol.shape.BodyFormat;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inputs that the model does not allow: which violations are told, in which order and words.
 *
 * <p>In a row, {@code LONG} stands for 129 letters, one more than a name may have, and {@code LONGER} for 257.
 */
@Timeout(60)
class ViolationsTest {
    private static final String LONG = "a".repeat(129);
    private static final String LONGER = "b".repeat(257);

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    /** @param violations in short: the value, {@code @}, the member, and what the member must */
    private record Row(String operation, String body, List<String> violations) {}

    private static Row row(String operation, String body, String... violations) {
        return new Row(operation, body.replace('\'', '"'), List.of(violations));
    }

    private static final String NAME = "match [a-zA-Z0-9_.-]+";
    private static final String[] EMPTY_NAME = {"''@streamName " + NAME, "''@streamName length >= 1"};

    private static Row emptyName(String operation, String more, String... before) {
        return row(operation, "{'StreamName':''" + more + "}", concat(before, EMPTY_NAME));
    }

    private static Row longName(String operation, String more, String... before) {
        return row(operation, "{'StreamName':'LONG'" + more + "}", concat(before, new String[] {
            "'LONG'@streamName length <= 128"
        }));
    }

    private static String[] concat(String[] first, String[] second) {
        return Stream.of(first, second).flatMap(Arrays::stream).toArray(String[]::new);
    }

    static List<Row> rows() {
        return List.of(
                row("AddTagsToStream", "{}", "null@tags not null"),
                emptyName("AddTagsToStream", ",'Tags':{}", "'{}'@tags length >= 1"),
                longName("AddTagsToStream", ",'Tags':{'a;b':'b'}"),
                row(
                        "AddTagsToStream",
                        "{'StreamName':'s','Tags':{'a':'1','LONG':'3'}}",
                        "'{a=1, LONG=3}'@tags keys length 1 to 128"),
                row(
                        "AddTagsToStream",
                        "{'StreamName':'s','Tags':{'a':'1','c':'LONGER'}}",
                        "'{a=1, c=LONGER}'@tags values length 0 to 256"),
                row("CreateStream", "{}", "null@streamName not null"),
                emptyName("CreateStream", ",'ShardCount':0", "'0'@shardCount value >= 1"),
                longName("CreateStream", ",'ShardCount':1"),
                row(
                        "CreateStream",
                        "{'StreamModeDetails':{}}",
                        "null@streamModeDetails.streamMode not null",
                        "null@streamName not null"),
                row(
                        "CreateStream",
                        "{'StreamName':'s','ShardCount':1,'MaxRecordSizeInKiB':1023}",
                        "'1023'@maxRecordSizeInKiB value >= 1024"),
                row(
                        "CreateStream",
                        "{'StreamName':'s','StreamModeDetails':{'StreamMode':'NONE'}}",
                        "'NONE'@streamModeDetails.streamMode enum PROVISIONED, ON_DEMAND"),
                row("DecreaseStreamRetentionPeriod", "{}", "null@retentionPeriodHours not null"),
                emptyName("DecreaseStreamRetentionPeriod", ",'RetentionPeriodHours':-1"),
                longName("DecreaseStreamRetentionPeriod", ",'RetentionPeriodHours':24"),
                emptyName("DeleteStream", ""),
                longName("DeleteStream", ""),
                row(
                        "DeleteStream",
                        "{'StreamARN':'x'}",
                        "'x'@streamARN match arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"),
                row(
                        "DeleteStream",
                        "{'StreamARN':''}",
                        "''@streamARN match arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
                        "''@streamARN length >= 1"),
                emptyName(
                        "DescribeStream",
                        ",'Limit':0,'ExclusiveStartShardId':''",
                        "'0'@limit value >= 1",
                        "''@exclusiveStartShardId " + NAME,
                        "''@exclusiveStartShardId length >= 1"),
                longName(
                        "DescribeStream",
                        ",'Limit':100000,'ExclusiveStartShardId':'LONG'",
                        "'100000'@limit value <= 10000",
                        "'LONG'@exclusiveStartShardId length <= 128"),
                emptyName("DescribeStreamSummary", ""),
                longName("DescribeStreamSummary", ""),
                row("GetRecords", "{}", "null@shardIterator not null"),
                row(
                        "GetRecords",
                        "{'ShardIterator':'','Limit':0}",
                        "'0'@limit value >= 1",
                        "''@shardIterator length >= 1"),
                row(
                        "GetRecords",
                        "{'ShardIterator':'LONGERLONGER','Limit':100000}",
                        "'100000'@limit value <= 10000",
                        "'LONGERLONGER'@shardIterator length <= 512"),
                row("GetShardIterator", "{}", "null@shardId not null", "null@shardIteratorType not null"),
                emptyName(
                        "GetShardIterator",
                        ",'ShardIteratorType':'','ShardId':'','StartingSequenceNumber':''",
                        "''@shardId " + NAME,
                        "''@shardId length >= 1",
                        "''@shardIteratorType enum AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON",
                        "''@startingSequenceNumber match 0|([1-9]\\d{0,128})"),
                longName(
                        "GetShardIterator",
                        ",'ShardId':'LONG','ShardIteratorType':'LATEST'",
                        "'LONG'@shardId length <= 128"),
                row("IncreaseStreamRetentionPeriod", "{}", "null@retentionPeriodHours not null"),
                emptyName("IncreaseStreamRetentionPeriod", ",'RetentionPeriodHours':-1"),
                longName("IncreaseStreamRetentionPeriod", ",'RetentionPeriodHours':24"),
                row(
                        "ListShards",
                        "{'StreamName':'','NextToken':'','MaxResults':0,'ExclusiveStartShardId':''}",
                        "'0'@maxResults value >= 1",
                        "''@exclusiveStartShardId " + NAME,
                        "''@exclusiveStartShardId length >= 1",
                        EMPTY_NAME[0],
                        EMPTY_NAME[1],
                        "''@nextToken length >= 1"),
                longName(
                        "ListShards",
                        ",'MaxResults':100000,'ExclusiveStartShardId':'LONG'",
                        "'100000'@maxResults value <= 10000",
                        "'LONG'@exclusiveStartShardId length <= 128"),
                row("ListShards", "{'StreamName':'s','ShardFilter':{}}", "null@shardFilter.type not null"),
                row(
                        "ListStreams",
                        "{'ExclusiveStartStreamName':'','Limit':0}",
                        "'0'@limit value >= 1",
                        "''@exclusiveStartStreamName " + NAME,
                        "''@exclusiveStartStreamName length >= 1"),
                row(
                        "ListStreams",
                        "{'ExclusiveStartStreamName':'LONG','Limit':1000000}",
                        "'1000000'@limit value <= 10000",
                        "'LONG'@exclusiveStartStreamName length <= 128"),
                emptyName(
                        "ListTagsForStream",
                        ",'ExclusiveStartTagKey':'','Limit':0",
                        "'0'@limit value >= 1",
                        "''@exclusiveStartTagKey length >= 1"),
                longName(
                        "ListTagsForStream",
                        ",'ExclusiveStartTagKey':'LONG','Limit':100",
                        "'100'@limit value <= 50",
                        "'LONG'@exclusiveStartTagKey length <= 128"),
                row("MergeShards", "{}", "null@shardToMerge not null", "null@adjacentShardToMerge not null"),
                emptyName(
                        "MergeShards",
                        ",'ShardToMerge':'','AdjacentShardToMerge':''",
                        "''@shardToMerge " + NAME,
                        "''@shardToMerge length >= 1",
                        "''@adjacentShardToMerge " + NAME,
                        "''@adjacentShardToMerge length >= 1"),
                longName(
                        "MergeShards",
                        ",'ShardToMerge':'LONG','AdjacentShardToMerge':'LONG'",
                        "'LONG'@shardToMerge length <= 128",
                        "'LONG'@adjacentShardToMerge length <= 128"),
                row("PutRecord", "{}", "null@partitionKey not null", "null@data not null"),
                emptyName(
                        "PutRecord",
                        ",'PartitionKey':'','Data':'','ExplicitHashKey':'','SequenceNumberForOrdering':''",
                        "''@sequenceNumberForOrdering match 0|([1-9]\\d{0,128})",
                        "''@partitionKey length >= 1",
                        "''@explicitHashKey match 0|([1-9]\\d{0,38})"),
                longName(
                        "PutRecord",
                        ",'PartitionKey':'LONGER','Data':'','ExplicitHashKey':'01'",
                        "'LONGER'@partitionKey length <= 256",
                        "'01'@explicitHashKey match 0|([1-9]\\d{0,38})"),
                row("PutRecords", "{}", "null@records not null"),
                emptyName("PutRecords", ",'Records':[]", "'[]'@records length >= 1"),
                emptyName(
                        "PutRecords",
                        ",'Records':[{'PartitionKey':'','Data':'','ExplicitHashKey':''}]",
                        "''@records.1.member.partitionKey length >= 1",
                        "''@records.1.member.explicitHashKey match 0|([1-9]\\d{0,38})"),
                longName(
                        "PutRecords",
                        ",'Records':[{'PartitionKey':'LONGER'},{},{'PartitionKey':'k','Data':'','ExplicitHashKey':'x'}]",
                        "'LONGER'@records.1.member.partitionKey length <= 256",
                        "null@records.1.member.data not null",
                        "null@records.2.member.partitionKey not null",
                        "null@records.2.member.data not null",
                        "'x'@records.3.member.explicitHashKey match 0|([1-9]\\d{0,38})"),
                row("RemoveTagsFromStream", "{}", "null@tagKeys not null"),
                emptyName("RemoveTagsFromStream", ",'TagKeys':[]", "'[]'@tagKeys length >= 1"),
                longName("RemoveTagsFromStream", ",'TagKeys':['a']"),
                row(
                        "RemoveTagsFromStream",
                        "{'StreamName':'s','TagKeys':['a','LONG','b']}",
                        "'[a, LONG, b]'@tagKeys elements length 1 to 128"),
                row("SplitShard", "{}", "null@newStartingHashKey not null", "null@shardToSplit not null"),
                row(
                        "SplitShard",
                        "{'StreamName':'','ShardToSplit':'','NewStartingHashKey':''}",
                        "''@newStartingHashKey match 0|([1-9]\\d{0,38})",
                        EMPTY_NAME[0],
                        EMPTY_NAME[1],
                        "''@shardToSplit " + NAME,
                        "''@shardToSplit length >= 1"),
                row(
                        "SplitShard",
                        "{'StreamName':'LONG','ShardToSplit':'LONG','NewStartingHashKey':'0'}",
                        "'LONG'@streamName length <= 128",
                        "'LONG'@shardToSplit length <= 128"),
                row("UpdateShardCount", "{}", "null@scalingType not null", "null@targetShardCount not null"),
                row(
                        "UpdateShardCount",
                        "{'StreamName':'','ScalingType':'','TargetShardCount':0}",
                        "''@scalingType enum UNIFORM_SCALING",
                        EMPTY_NAME[0],
                        EMPTY_NAME[1],
                        "'0'@targetShardCount value >= 1"),
                longName("UpdateShardCount", ",'ScalingType':'UNIFORM_SCALING','TargetShardCount':1"),
                row(
                        "UpdateShardCount",
                        "{'StreamName':'s','ScalingType':'UNIFORM_SCALING','TargetShardCount':100001}",
                        "'100001'@targetShardCount value <= 100000"),
                row(
                        "EnableEnhancedMonitoring",
                        "{'StreamName':'s','ShardLevelMetrics':['Wrong']}",
                        "'[Wrong]'@shardLevelMetrics elements enum IncomingBytes, IncomingRecords, IteratorAgeMilliseconds, OutgoingBytes, OutgoingRecords, ReadProvisionedThroughputExceeded, WriteProvisionedThroughputExceeded, ALL"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void allViolationsAreToldInAwssOrderAndWords(Row row) {
        String expected = "%d validation error%s detected: %s"
                .formatted(
                        row.violations().size(),
                        row.violations().size() == 1 ? "" : "s",
                        row.violations().stream().map(ViolationsTest::inFull).collect(Collectors.joining("; ")));
        for (BodyFormat format : List.of(BodyFormat.JSON_1_1, BodyFormat.CBOR)) {
            PlainCalls.Answer answer = SERVER.calls().call(row.operation(), unfolded(row.body()), format);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.member("__type")).isEqualTo("ValidationException");
            assertThat(answer.member("message")).isEqualTo(unfolded(expected));
        }
    }

    private static String unfolded(String text) {
        return text.replace("LONGER", LONGER).replace("LONG", LONG);
    }

    private static String inFull(String violation) {
        int space = violation.indexOf(' ', violation.indexOf("'@") + 1);
        int at = violation.lastIndexOf('@', space);
        return "Value %s at '%s' failed to satisfy constraint: %s"
                .formatted(
                        violation.substring(0, at),
                        violation.substring(at + 1, space),
                        constraint(violation.substring(space + 1)));
    }

    private static String constraint(String text) {
        String[] words = text.split(" ", 3);
        return switch (words[0]) {
            case "not" -> "Member must not be null";
            case "match" -> "Member must satisfy regular expression pattern: " + words[1];
            case "enum" -> "Member must satisfy enum value set: [" + text.substring(5) + "]";
            case "length", "value" ->
                "Member must have %s %s than or equal to %s"
                        .formatted(words[0], words[1].equals(">=") ? "greater" : "less", words[2]);
            case "keys" -> "Map keys must satisfy constraint: " + lengths(words[2]);
            case "elements" ->
                "Member must satisfy constraint: "
                        + (words[1].equals("enum") ? "[" + constraint("enum " + words[2]) + "]" : lengths(words[2]));
            default -> "Map value must satisfy constraint: " + lengths(words[2]);
        };
    }

    /** @param range such as {@code 1 to 128} */
    private static String lengths(String range) {
        String[] ends = range.split(" to ", 2);
        return "[Member must have length less than or equal to %s, Member must have length greater than or equal to %s]"
                .formatted(ends[1], ends[0]);
    }

    @Test
    void tenViolationsAreToldAtMostAndRecordsNotShown() {
        String records = IntStream.range(0, 501)
                .mapToObj(i -> "{\"PartitionKey\":\"\",\"Data\":\"c2VjcmV0\"}")
                .collect(Collectors.joining(","));
        PlainCalls.Answer answer = SERVER.calls()
                .call("PutRecords", "{\"StreamName\":\"\",\"Records\":[" + records + "]}", BodyFormat.JSON_1_1);
        assertThat(answer.member("message"))
                .matches("10 validation errors detected: Value '\\[(PutRecordsRequestEntry@[0-9a-f]+(, )?){501}]' at"
                        + " 'records' failed to satisfy constraint: Member must have length less than or equal to 500; "
                        + IntStream.rangeClosed(1, 9)
                                .mapToObj(
                                        "Value '' at 'records\\.%d\\.member\\.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"
                                                ::formatted)
                                .collect(Collectors.joining("; ")))
                .doesNotContain("secret");
    }

    @Test
    void dataIsShownByItsLength() {
        String data = Base64.getEncoder().encodeToString(new byte[10 * 1024 * 1024 + 1]);
        PlainCalls.Answer answer = SERVER.calls()
                .call(
                        "PutRecord",
                        "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"%s\"}".formatted(data),
                        BodyFormat.JSON_1_1);
        assertThat(answer.member("message"))
                .isEqualTo(
                        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=10485761 cap=10485761]'"
                                + " at 'data' failed to satisfy constraint: Member must have length less than or equal to 10485760");
    }
}
