package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.shape.BodyFormat;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inputs that the model allows and the service refuses: in which order it looks at streams, shards, keys and states, and what
 * it says.
 *
 * <p>There is a stream {@code three} of three shards; {@code nowhere} is none.
 */
@Timeout(60)
class RefusalsTest {
    private static final String NOT_FOUND = "ResourceNotFoundException";
    private static final String INVALID = "InvalidArgumentException";
    private static final String IN_USE = "ResourceInUseException";

    private static final String NO_STREAM = "Stream nowhere under account 000000000000 not found.";
    private static final String NO_SHARD_5 =
            "Could not find shard shardId-000000000005 in stream three under account 000000000000.";
    private static final String BAD_TAG =
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.";
    private static final String PERCENT =
            "Failed to %s stream three under account 000000000000 because some tags contained illegal characters. The allowed"
                    + " characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'.";
    private static final String POSITION =
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON"
                    + " or LATEST and no StartingSequenceNumber. Request specified ";

    @TempDir
    static Path directory;

    private static StreamsServer server;
    private static PlainCalls calls;

    @BeforeAll
    static void start() throws Exception {
        server = StreamsServer.start(directory);
        calls = new PlainCalls(server);
        calls.createStream("three", 3);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private record Row(String operation, String body, String type, String message) {}

    private static Row row(String operation, String body, String type, String message) {
        return new Row(operation, body.replace('\'', '"'), type, message);
    }

    private static Row iterator(String stream, String shard, String more, String type, String message) {
        return row(
                "GetShardIterator",
                "{'StreamName':'%s','ShardId':'%s',%s}".formatted(stream, shard, more),
                type,
                message);
    }

    private static Row atNumber(String shard, String hex, String message) {
        return iterator(
                "three",
                shard,
                "'ShardIteratorType':'AT_SEQUENCE_NUMBER','StartingSequenceNumber':'%s'".formatted(decimal(hex)),
                INVALID,
                message.formatted(decimal(hex)));
    }

    private static Row split(String stream, String shard, String key, String type, String message) {
        return row(
                "SplitShard",
                "{'StreamName':'%s','ShardToSplit':'%s','NewStartingHashKey':'%s'}".formatted(stream, shard, key),
                type,
                message);
    }

    private static Row wrongKey(String shard, String key, String index, String start, String end) {
        return split(
                "three",
                shard,
                key,
                INVALID,
                ("NewStartingHashKey %s used in SplitShard() on shard shardId-00000000000%s in stream three under account"
                                + " 000000000000 is not both greater than one plus the shard's StartingHashKey %s and less"
                                + " than the shard's EndingHashKey %s.")
                        .formatted(key, index, start, end));
    }

    private static Row merge(String stream, String shard, String adjacent, String type, String message) {
        return row(
                "MergeShards",
                "{'StreamName':'%s','ShardToMerge':'%s','AdjacentShardToMerge':'%s'}"
                        .formatted(stream, shard, adjacent),
                type,
                message);
    }

    private static Row ordering(String hex) {
        return row(
                "PutRecord",
                "{'StreamName':'three','PartitionKey':'a','Data':'','SequenceNumberForOrdering':'%s'}"
                        .formatted(decimal(hex)),
                INVALID,
                "ExclusiveMinimumSequenceNumber %s used in PutRecord on stream three under account 000000000000 is invalid."
                        .formatted(decimal(hex)));
    }

    private static Row unknownStream(String operation, String more) {
        return row(operation, "{'StreamName':'nowhere'" + more + "}", NOT_FOUND, NO_STREAM);
    }

    private static Row addTag(String tag, String message) {
        return row("AddTagsToStream", "{'StreamName':'three','Tags':{%s}}".formatted(tag), INVALID, message);
    }

    private static Row removeTag(String key, String message) {
        return row("RemoveTagsFromStream", "{'StreamName':'three','TagKeys':['%s']}".formatted(key), INVALID, message);
    }

    private static Row retention(String operation, String stream, int hours, String type, String message) {
        return row(
                operation + "StreamRetentionPeriod",
                "{'StreamName':'%s','RetentionPeriodHours':%d}".formatted(stream, hours),
                type,
                message);
    }

    private static String missing(String shard) {
        return "Shard %s in stream nowhere under account 000000000000 does not exist".formatted(shard);
    }

    private static String notFound(String shard) {
        return "Could not find shard %s in stream nowhere under account 000000000000.".formatted(shard);
    }

    private static String decimal(String hex) {
        return new BigInteger(hex, 16).toString();
    }

    static List<Row> streamsAndTags() {
        return List.of(
                unknownStream("AddTagsToStream", ",'Tags':{'a;b':'c'}"),
                unknownStream("RemoveTagsFromStream", ",'TagKeys':[';']"),
                unknownStream("ListTagsForStream", ",'ExclusiveStartTagKey':'a','Limit':1"),
                unknownStream("DeleteStream", ""),
                unknownStream("DescribeStream", ""),
                unknownStream("DescribeStreamSummary", ""),
                unknownStream("ListShards", ""),
                unknownStream("PutRecord", ",'PartitionKey':'a','Data':''"),
                unknownStream("PutRecords", ",'Records':[{'PartitionKey':'a','Data':''}]"),
                unknownStream("UpdateShardCount", ",'ScalingType':'UNIFORM_SCALING','TargetShardCount':2"),
                row(
                        "DescribeStream",
                        "{'StreamARN':'arn:aws:kinesis:us-east-1:000000000000:stream/nowhere'}",
                        NOT_FOUND,
                        NO_STREAM),
                row("DescribeStream", "{}", INVALID, "Either StreamName or StreamARN must be specified."),
                row("ListShards", "{}", INVALID, "Either NextToken or StreamName should be provided."),
                row(
                        "ListShards",
                        "{'StreamName':'three','NextToken':'x'}",
                        INVALID,
                        "NextToken and StreamName cannot be provided together."),
                row(
                        "CreateStream",
                        "{'StreamName':'three','ShardCount':1}",
                        IN_USE,
                        "Stream three under account 000000000000 already exists."),
                addTag("'abc;def':'1'", BAD_TAG),
                addTag("'abc\\tdef':'1'", BAD_TAG),
                addTag("'abc\\ndef':'1'", BAD_TAG),
                addTag("'abc,def':'1'", BAD_TAG),
                addTag("'abc%def':'1'", PERCENT.formatted("add tags to")),
                addTag("'a':'abc;def'", BAD_TAG),
                addTag("'a':'abc\\tdef'", BAD_TAG),
                addTag("'a':'abc%def'", PERCENT.formatted("add tags to")),
                addTag("'a%':'1','b':'c;'", BAD_TAG),
                removeTag("abc;def", BAD_TAG),
                removeTag("abc\\tdef", BAD_TAG),
                removeTag("abc%def", PERCENT.formatted("remove tags from")));
    }

    static List<Row> retentions() {
        String tooShort =
                "Minimum allowed retention period is 24 hours. Requested retention period (%d hours) is too short.";
        String tooLong =
                "Maximum allowed retention period is 8760 hours. Requested retention period (%d hours) is too long.";
        return List.of(
                retention("Increase", "nowhere", 23, NOT_FOUND, NO_STREAM),
                retention("Increase", "three", 23, INVALID, tooShort.formatted(23)),
                retention("Increase", "three", -1, INVALID, tooShort.formatted(-1)),
                retention("Increase", "three", 8761, INVALID, tooLong.formatted(8761)),
                retention("Decrease", "nowhere", 8761, NOT_FOUND, NO_STREAM),
                retention("Decrease", "three", 23, INVALID, tooShort.formatted(23)),
                retention("Decrease", "three", 8761, INVALID, tooLong.formatted(8761)),
                retention(
                        "Decrease",
                        "three",
                        25,
                        INVALID,
                        "Requested retention period (25 hours) for stream three can not be longer than existing retention"
                                + " period (24 hours). Use IncreaseRetentionPeriod API."));
    }

    static List<Row> iterators() {
        String latest = "'ShardIteratorType':'LATEST'";
        String invalid =
                "StartingSequenceNumber %s used in GetShardIterator on shard shardId-000000000000 in stream three under"
                        + " account 000000000000 is invalid.";
        return List.of(
                iterator("nowhere", "2147483647", latest, NOT_FOUND, missing("shardId-002147483647")),
                iterator("nowhere", "any_thing-2147483647", latest, NOT_FOUND, missing("shardId-002147483647")),
                iterator("nowhere", "a-00002147483647", latest, NOT_FOUND, missing("shardId-002147483647")),
                iterator("nowhere", "-00002147483647", latest, NOT_FOUND, missing("shardId-002147483647")),
                iterator("nowhere", "2147483648", latest, NOT_FOUND, notFound("2147483648")),
                iterator("nowhere", "shardId-002147483648", latest, NOT_FOUND, notFound("shardId-002147483648")),
                iterator("nowhere", "ABKLFD8", latest, NOT_FOUND, notFound("ABKLFD8")),
                iterator("nowhere", "2.14E4", latest, NOT_FOUND, notFound("2.14E4")),
                iterator(
                        "three",
                        "shardId-5",
                        "'ShardIteratorType':'AT_SEQUENCE_NUMBER','StartingSequenceNumber':'5'",
                        NOT_FOUND,
                        "Shard shardId-000000000005 in stream three under account 000000000000 does not exist"),
                iterator(
                        "three",
                        "shardId-0",
                        "'ShardIteratorType':'AT_SEQUENCE_NUMBER'",
                        INVALID,
                        POSITION + "AT_SEQUENCE_NUMBER and no StartingSequenceNumber."),
                iterator(
                        "three",
                        "shardId-0",
                        "'ShardIteratorType':'AFTER_SEQUENCE_NUMBER'",
                        INVALID,
                        POSITION + "AFTER_SEQUENCE_NUMBER and no StartingSequenceNumber."),
                iterator(
                        "three",
                        "shardId-0",
                        latest + ",'StartingSequenceNumber':'5'",
                        INVALID,
                        POSITION + "LATEST and also a StartingSequenceNumber."),
                iterator(
                        "three",
                        "shardId-0",
                        "'ShardIteratorType':'TRIM_HORIZON','StartingSequenceNumber':'5'",
                        INVALID,
                        POSITION + "TRIM_HORIZON and also a StartingSequenceNumber."),
                iterator(
                        "three",
                        "shardId-0",
                        "'ShardIteratorType':'AT_TIMESTAMP'",
                        INVALID,
                        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no"
                                + " timestamp parameter."),
                atNumber(
                        "shardId-0",
                        "5",
                        "Invalid StartingSequenceNumber. It encodes shardId-000000000005, while it was used in a call to a"
                                + " shard with shardId-000000000000"),
                atNumber(
                        "shardId-0",
                        "20000000001000000000000000000000000000000000012",
                        "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a"
                                + " shard with shardId-000000000000"),
                atNumber(
                        "shardId-0",
                        "20000000000000000000000000000000000000000000002",
                        invalid.replace("invalid.", "invalid because it did not come from this stream.")),
                atNumber("shardId-0", "13bb2cc3d80000000000000000000000", invalid),
                atNumber("shardId-0", "20000000000800000000000000000000000000000000002", invalid),
                row("GetRecords", "{'ShardIterator':'no iterator'}", INVALID, "Invalid ShardIterator."),
                row("GetRecords", "{'ShardIterator':'AAAAAAAAAAE='}", INVALID, "Invalid ShardIterator."));
    }

    static List<Row> reshardings() {
        String end = "113427455640312821154458202477256070484";
        String last = "340282366920938463463374607431768211455";
        String strangers =
                "Shards shardId-00000000000%d and shardId-00000000000%d in stream three under account 000000000000"
                        + " are not an adjacent pair of shards eligible for merging";
        return List.of(
                split("nowhere", "2147483647", "0", NOT_FOUND, NO_STREAM),
                split("nowhere", "any_thing-2147483647", "0", NOT_FOUND, NO_STREAM),
                split("nowhere", "2147483648", "0", NOT_FOUND, notFound("2147483648")),
                split("nowhere", "shardId-002147483648", "0", NOT_FOUND, notFound("shardId-002147483648")),
                split("nowhere", "ABKLFD8", "0", NOT_FOUND, notFound("ABKLFD8")),
                split("three", "shardId-5", "0", NOT_FOUND, NO_SHARD_5),
                wrongKey("shard-0", "1", "0", "0", end),
                wrongKey("shard-0", end, "0", "0", end),
                wrongKey(
                        "2",
                        "999999999999999999999999999999999999999",
                        "2",
                        "226854911280625642308916404954512140970",
                        last),
                merge("nowhere", "2147483647", "a-0", NOT_FOUND, NO_STREAM),
                merge("nowhere", "2147483648", "a-0", NOT_FOUND, notFound("2147483648")),
                merge("nowhere", "a-0", "2147483648", NOT_FOUND, notFound("2147483648")),
                merge("nowhere", "a-0", "ABKLFD8", NOT_FOUND, notFound("ABKLFD8")),
                merge("three", "shardId-5", "a-0", NOT_FOUND, NO_SHARD_5),
                merge("three", "a-0", "shardId-5", NOT_FOUND, NO_SHARD_5),
                merge("three", "a-0", "a-2", INVALID, strangers.formatted(0, 2)),
                merge("three", "a-1", "a-0", INVALID, strangers.formatted(1, 0)),
                row(
                        "UpdateShardCount",
                        "{'StreamName':'three','ScalingType':'UNIFORM_SCALING','TargetShardCount':7}",
                        "LimitExceededException",
                        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count:"
                                + " 3, Target shard count: 7"),
                row(
                        "UpdateShardCount",
                        "{'StreamName':'three','ScalingType':'UNIFORM_SCALING','TargetShardCount':1}",
                        "LimitExceededException",
                        "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count:"
                                + " 3, Target shard count: 1"));
    }

    static List<Row> puts() {
        String beyond = BigInteger.ONE.shiftLeft(128).toString();
        String invalid =
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was "
                        + beyond;
        String record = "{'PartitionKey':'a','Data':'','ExplicitHashKey':'%s'}".formatted(beyond);
        return List.of(
                row("PutRecord", "{'StreamName':'three'," + record.substring(1), INVALID, invalid),
                row(
                        "PutRecords",
                        "{'StreamName':'three','Records':[" + record + ",{'PartitionKey':'a','Data':''}]}",
                        INVALID,
                        invalid),
                ordering("20000000000000000000000000000000000000000000000"),
                ordering("20000000000000000000000000000000000000000000004"),
                ordering("30000000000000000000000000000000000000000000001"),
                ordering("1ffffffffff7fffffffffffffff000000000007fffffff2"),
                ordering("20000000000800000000000000000000000000000000002"),
                ordering("200000000000000000000000000000ffffffff000000002"),
                ordering("13bb2cc3d80000000000000000000000"));
    }

    @ParameterizedTest
    @MethodSource({"streamsAndTags", "retentions", "iterators", "reshardings", "puts"})
    void theFirstThingThatIsWrongIsToldInAwssWords(Row row) {
        for (BodyFormat format : List.of(BodyFormat.JSON_1_1, BodyFormat.CBOR)) {
            assertRefused(calls.call(row.operation(), row.body(), format), row.type(), row.message());
        }
    }

    private static void assertRefused(PlainCalls.Answer answer, String type, String message) {
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.member("__type")).isEqualTo(type);
        assertThat(answer.member("message")).isEqualTo(message);
    }

    @Test
    void aTimeToComeIsRefusedAndBothTimesAreTold() {
        PlainCalls.Answer answer = calls.call(
                "GetShardIterator",
                "{\"StreamName\":\"three\",\"ShardId\":\"0\",\"ShardIteratorType\":\"AT_TIMESTAMP\",\"Timestamp\":33000000000.5}",
                BodyFormat.JSON_1_1);
        assertThat(answer.member("__type")).isEqualTo(INVALID);
        assertThat(answer.member("message"))
                .matches("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis\\."
                        + " timestampInMillis: 33000000000500, currentTimestampInMillis: \\d{13}");
    }

    @Test
    void shardsAreFoundByAnyPrefixAndTheirNumber() {
        for (String shard : List.of("0", "shard-0", "any_thing-000002", "shardId-000000000001")) {
            calls.succeed(
                    "GetShardIterator",
                    "{\"StreamName\":\"three\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"LATEST\"}".formatted(shard));
        }
    }

    @Test
    void tagsMayHaveLettersOfAllScriptsAndFiftyIsTheMost() throws Exception {
        calls.createStream("tagged", 1);
        calls.succeed(
                "AddTagsToStream",
                "{\"StreamName\":\"tagged\",\"Tags\":{\"a\":\"a\",\"\u00fc0 _.\":\"a\",\"/=+-@:\":\"\",\"b\":\"\u6771\u4eac\"}}");
        StringBuilder tags = new StringBuilder("\"c\":\"\"");
        for (int i = 0; i < 46; i++) {
            tags.append(",\"key").append(i).append("\":\"\"");
        }
        assertRefused(
                calls.call(
                        "AddTagsToStream", "{\"StreamName\":\"tagged\",\"Tags\":{" + tags + "}}", BodyFormat.JSON_1_1),
                INVALID,
                "Failed to add tags to stream tagged under account 000000000000 because a given stream cannot have more than"
                        + " 50 tags associated with it.");
    }

    @Test
    void aShorterRetentionIsNoIncrease() throws Exception {
        calls.createStream("kept", 1);
        calls.succeed("IncreaseStreamRetentionPeriod", "{\"StreamName\":\"kept\",\"RetentionPeriodHours\":25}");
        calls.awaitActive("kept");
        assertRefused(
                calls.call(
                        "IncreaseStreamRetentionPeriod",
                        "{\"StreamName\":\"kept\",\"RetentionPeriodHours\":24}",
                        BodyFormat.JSON_1_1),
                INVALID,
                "Requested retention period (24 hours) for stream kept can not be shorter than existing retention period (25"
                        + " hours). Use DecreaseRetentionPeriod API.");
    }

    @Test
    void dataBeyondTheStreamsOwnLimitIsAViolation() throws Exception {
        calls.createStream("small", 1);
        String data = Base64.getEncoder().encodeToString(new byte[1024 * 1024 + 1]);
        String message =
                "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at '%s'"
                        + " failed to satisfy constraint: Member must have length less than or equal to 1048576";
        String record = "{\"PartitionKey\":\"k\",\"Data\":\"%s\"}";
        assertRefused(
                calls.call(
                        "PutRecord",
                        "{\"StreamName\":\"small\"," + record.formatted(data).substring(1),
                        BodyFormat.JSON_1_1),
                "ValidationException",
                message.formatted("data"));
        assertRefused(
                calls.call(
                        "PutRecords",
                        "{\"StreamName\":\"small\",\"Records\":[%s,%s]}"
                                .formatted(record.formatted(""), record.formatted(data)),
                        BodyFormat.JSON_1_1),
                "ValidationException",
                message.formatted("records.2.member.data"));
    }

    @Test
    void anIteratorOfADeletedStreamSpeaksOfItsShard() throws Exception {
        calls.createStream("gone", 2);
        String iterator = calls.succeed(
                        "GetShardIterator",
                        "{\"StreamName\":\"gone\",\"ShardId\":\"1\",\"ShardIteratorType\":\"LATEST\"}")
                .member("ShardIterator");
        calls.succeed("DeleteStream", "{\"StreamName\":\"gone\"}");
        String describe = "{\"StreamName\":\"gone\"}";
        while (calls.call("DescribeStreamSummary", describe, BodyFormat.JSON_1_1)
                        .status()
                == 200) {
            Thread.sleep(10);
        }
        assertRefused(
                calls.call("GetRecords", "{\"ShardIterator\":\"%s\"}".formatted(iterator), BodyFormat.JSON_1_1),
                NOT_FOUND,
                "Shard shardId-000000000001 in stream gone under account 000000000000 does not exist");
    }

    /** What is wrong with a key is told before the state of the stream, and that after everything else. */
    @Test
    void whileAStreamChangesItsStateIsToldLast(@TempDir Path slow) throws Exception {
        try (StreamsServer slowly = StreamsServer.start(slow, Duration.ofSeconds(3))) {
            PlainCalls late = new PlainCalls(slowly);
            late.succeed("CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":3}");
            assertRefused(
                    late.call(
                            "PutRecord",
                            "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"\"}",
                            BodyFormat.JSON_1_1),
                    NOT_FOUND,
                    "Stream s under account 000000000000 not found.");
            late.awaitActive("s");
            String split = "{\"StreamName\":\"s\",\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"%s\"}";
            late.succeed("SplitShard", split.formatted("2"));
            String updating = "Stream s under account 000000000000 not ACTIVE, instead in state UPDATING";
            assertRefused(late.call("SplitShard", split.formatted("2"), BodyFormat.JSON_1_1), IN_USE, updating);
            assertThat(late.call("SplitShard", split.formatted("1"), BodyFormat.JSON_1_1)
                            .member("__type"))
                    .isEqualTo(INVALID);
            String merge = "{\"StreamName\":\"s\",\"ShardToMerge\":\"%d\",\"AdjacentShardToMerge\":\"%d\"}";
            assertRefused(late.call("MergeShards", merge.formatted(1, 2), BodyFormat.JSON_1_1), IN_USE, updating);
            assertThat(late.call("MergeShards", merge.formatted(2, 1), BodyFormat.JSON_1_1)
                            .member("__type"))
                    .isEqualTo(INVALID);
            String scale = "{\"StreamName\":\"s\",\"ScalingType\":\"UNIFORM_SCALING\",\"TargetShardCount\":99}";
            assertRefused(late.call("UpdateShardCount", scale, BodyFormat.JSON_1_1), IN_USE, updating);
        }
    }
}
