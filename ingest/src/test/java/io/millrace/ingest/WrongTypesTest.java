package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import io.millrace.protocol.shape.BodyFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of values that are not of their members' types, in JSON and in CBOR. */
@Timeout(60)
class WrongTypesTest {
    private static final String LIST = "Start of list found where not expected";
    private static final String STRUCTURE = "Start of structure or map found where not expected.";

    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    /** The types of members, with what is wrong for each and what is said of it. */
    private enum Type {
        STRING(with(conversions("a String", "true", "false", "23", "-2147483648", "2147483648", "34.56"))),
        INTEGER(with(conversions("an Integer", "\"23\"", "true", "false"))),
        BOOLEAN(with(Map.of(
                "23", "NUMBER_VALUE can not be converted to a Boolean",
                "\"23\"", "STRING_VALUE can not be converted to an Boolean"))),
        TIMESTAMP(with(conversions("milliseconds since epoch", "\"23\"", "true"))),
        BLOB(with(
                conversions("a Blob", "true", "23", "2147483648", "34.56"),
                Map.of(
                        "\"23456\"",
                        "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 5",
                        "\"=+/=\"",
                        "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='",
                        "\"+/+=\"",
                        "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"))),
        LIST_OF(compound("Expected list or null", "{}", STRUCTURE)),
        MAP(compound("Expected map or null", "[]", LIST)),
        STRUCTURE_OF(compound("Expected null", "[]", LIST));

        private final Map<String, String> texts;

        Type(Map<String, String> texts) {
            this.texts = texts;
        }
    }

    private static Map<String, String> with(Map<String, String> scalars) {
        return with(scalars, Map.of());
    }

    private static Map<String, String> with(Map<String, String> scalars, Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(scalars);
        all.putAll(more);
        all.put("[]", LIST);
        all.put("{}", STRUCTURE);
        return all;
    }

    private static Map<String, String> conversions(String wanted, String... values) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String value : values) {
            String name = value.startsWith("\"")
                    ? "STRING"
                    : value.equals("true") ? "TRUE" : value.equals("false") ? "FALSE" : "NUMBER";
            texts.put(value, "%s_VALUE can not be converted to %s".formatted(name, wanted));
        }
        return texts;
    }

    private static Map<String, String> compound(String scalarText, String other, String otherText) {
        Map<String, String> texts = new LinkedHashMap<>();
        List.of("\"23\"", "true", "23", "2147483648", "34.56").forEach(value -> texts.put(value, scalarText));
        texts.put(other, otherText);
        return texts;
    }

    /** @param path of a member; a number stands for an element of a list */
    private record Member(String operation, String path, Type type) {}

    private record Row(String operation, String body, String message) {}

    private static List<Member> members() {
        return List.of(
                new Member("AddTagsToStream", "StreamName", Type.STRING),
                new Member("AddTagsToStream", "Tags", Type.MAP),
                new Member("AddTagsToStream", "Tags.a", Type.STRING),
                new Member("CreateStream", "StreamName", Type.STRING),
                new Member("CreateStream", "ShardCount", Type.INTEGER),
                new Member("CreateStream", "StreamModeDetails", Type.STRUCTURE_OF),
                new Member("CreateStream", "StreamModeDetails.StreamMode", Type.STRING),
                new Member("DecreaseStreamRetentionPeriod", "RetentionPeriodHours", Type.INTEGER),
                new Member("DeleteStream", "StreamName", Type.STRING),
                new Member("DeleteStream", "EnforceConsumerDeletion", Type.BOOLEAN),
                new Member("DescribeStream", "StreamName", Type.STRING),
                new Member("DescribeStream", "Limit", Type.INTEGER),
                new Member("DescribeStream", "ExclusiveStartShardId", Type.STRING),
                new Member("DescribeStreamSummary", "StreamARN", Type.STRING),
                new Member("GetRecords", "ShardIterator", Type.STRING),
                new Member("GetRecords", "Limit", Type.INTEGER),
                new Member("GetShardIterator", "ShardId", Type.STRING),
                new Member("GetShardIterator", "ShardIteratorType", Type.STRING),
                new Member("GetShardIterator", "StartingSequenceNumber", Type.STRING),
                new Member("GetShardIterator", "Timestamp", Type.TIMESTAMP),
                new Member("IncreaseStreamRetentionPeriod", "RetentionPeriodHours", Type.INTEGER),
                new Member("ListShards", "MaxResults", Type.INTEGER),
                new Member("ListShards", "NextToken", Type.STRING),
                new Member("ListShards", "ShardFilter", Type.STRUCTURE_OF),
                new Member("ListShards", "StreamCreationTimestamp", Type.TIMESTAMP),
                new Member("ListStreams", "Limit", Type.INTEGER),
                new Member("ListStreams", "ExclusiveStartStreamName", Type.STRING),
                new Member("ListTagsForStream", "ExclusiveStartTagKey", Type.STRING),
                new Member("MergeShards", "ShardToMerge", Type.STRING),
                new Member("MergeShards", "AdjacentShardToMerge", Type.STRING),
                new Member("PutRecord", "Data", Type.BLOB),
                new Member("PutRecord", "ExplicitHashKey", Type.STRING),
                new Member("PutRecord", "PartitionKey", Type.STRING),
                new Member("PutRecord", "SequenceNumberForOrdering", Type.STRING),
                new Member("PutRecords", "Records", Type.LIST_OF),
                new Member("PutRecords", "Records.0", Type.STRUCTURE_OF),
                new Member("PutRecords", "Records.0.Data", Type.BLOB),
                new Member("PutRecords", "Records.0.ExplicitHashKey", Type.STRING),
                new Member("PutRecords", "Records.0.PartitionKey", Type.STRING),
                new Member("RemoveTagsFromStream", "TagKeys", Type.LIST_OF),
                new Member("RemoveTagsFromStream", "TagKeys.0", Type.STRING),
                new Member("SplitShard", "NewStartingHashKey", Type.STRING),
                new Member("SplitShard", "ShardToSplit", Type.STRING),
                new Member("UpdateShardCount", "ScalingType", Type.STRING),
                new Member("UpdateShardCount", "TargetShardCount", Type.INTEGER));
    }

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Member member : members()) {
            member.type()
                    .texts
                    .forEach(
                            (value, text) -> rows.add(new Row(member.operation(), bodyOf(member.path(), value), text)));
        }
        return rows;
    }

    private static String bodyOf(String path, String value) {
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        String inner = dot < 0 ? value : bodyOf(path.substring(dot + 1), value);
        return Character.isDigit(name.charAt(0)) ? "[" + inner + "]" : "{\"%s\":%s}".formatted(name, inner);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aValueOfAnotherTypeIsNamedByItsTypeAndTheMembers(Row row) {
        for (BodyFormat format : List.of(BodyFormat.JSON_1_1, BodyFormat.CBOR)) {
            PlainCalls.Answer answer = SERVER.calls().call(row.operation(), row.body(), format);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.contentType()).isEqualTo(format.contentType());
            assertThat(answer.member("__type")).isEqualTo("SerializationException");
            assertThat(answer.member("Message")).isEqualTo(row.message());
            assertThat(answer.member("message")).isEqualTo("(absent)");
        }
    }

    @Test
    void aListInThePlaceOfTheBodyIsSaidToBeOne() {
        PlainCalls.Answer answer = SERVER.calls().call("ListStreams", "[]", BodyFormat.JSON_1_1);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).isEqualTo("{\"__type\":\"SerializationException\",\"Message\":\"" + LIST + "\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "hello", "null", "23", "\"text\"", "{", "{\"Limit\":1,}", "{}{}"})
    void ofABodyThatIsNoJsonNothingIsSaid(String body) {
        PlainCalls.Answer answer = SERVER.calls().call("ListStreams", body, BodyFormat.JSON_1_1);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).isEqualTo("{\"__type\":\"SerializationException\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"true\"",
                "\"YES\"",
                "\"y\"",
                "\"t\"",
                "\"1\"",
                "\"False\"",
                "\"no\"",
                "\"n\"",
                "\"f\"",
                "\"0\""
            })
    void aFlagMayBeAWord(String word) {
        String body = "{\"StreamName\":\"nowhere\",\"EnforceConsumerDeletion\":%s}".formatted(word);
        assertThat(SERVER.calls()
                        .call("DeleteStream", body, BodyFormat.JSON_1_1)
                        .member("__type"))
                .isEqualTo("ResourceNotFoundException");
    }

    @Test
    void fractionsAreCutOffAndLargeNumbersAreTheLargestOfTheirType() {
        for (BodyFormat format : List.of(BodyFormat.JSON_1_1, BodyFormat.CBOR)) {
            assertThat(SERVER.calls()
                            .call("ListStreams", "{\"Limit\":1.9}", format)
                            .status())
                    .isEqualTo(200);
            assertThat(SERVER.calls()
                            .call("ListStreams", "{\"Limit\":0.9}", format)
                            .member("message"))
                    .contains("Value '0' at 'limit'");
            assertThat(SERVER.calls()
                            .call("ListStreams", "{\"Limit\":100000000000}", format)
                            .member("message"))
                    .contains("Value '2147483647' at 'limit'");
            assertThat(SERVER.calls()
                            .call("ListStreams", "{\"Limit\":-1e300}", format)
                            .member("message"))
                    .contains("Value '-2147483648' at 'limit'");
        }
    }

    @Test
    void ofAMegabyteThatIsNoBlobOnlyTheBeginningIsTold() {
        PlainCalls.Answer answer = SERVER.calls()
                .call("PutRecord", "{\"Data\":\"%s\"}".formatted("a".repeat(1_000_001)), BodyFormat.JSON_1_1);
        assertThat(answer.member("Message"))
                .isEqualTo(("'%s...' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4"
                                + " bytes but found: 1000001")
                        .formatted("a".repeat(1000)));
    }
}
