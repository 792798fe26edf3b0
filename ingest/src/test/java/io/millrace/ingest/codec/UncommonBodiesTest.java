package io.millrace.ingest.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.protocol.shape.BodyFormat;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the hot decoders leave to the generic way, and where the limits are. */
@Timeout(60)
class UncommonBodiesTest {
    private static final String PLAIN =
            "{\"StreamName\":\"s\",\"Records\":[{\"Data\":\"aGk=\",\"PartitionKey\":\"k\"}]}";
    private static final int MAX_ALLOCATED_BYTES = 64 * 1024;

    static List<String> left() {
        String record = "{\"Data\":\"aGk=\",\"PartitionKey\":\"k\"}";
        return List.of(
                "",
                "{}",
                "null",
                "[" + PLAIN + "]",
                PLAIN + "x",
                PLAIN + PLAIN,
                "\ufeff" + PLAIN,
                PLAIN.replace("StreamName", "StreamNamf"),
                PLAIN.replace("StreamName", "Stream\\u004eame"),
                PLAIN.replace("StreamName", "StreamId"),
                PLAIN.replace("\"s\"", "\"\""),
                PLAIN.replace("\"s\"", "\"a b\""),
                PLAIN.replace("\"s\"", "\"%s\"".formatted("s".repeat(129))),
                PLAIN.replace("\"s\"", "1"),
                PLAIN.replace("\"s\"", "null"),
                PLAIN.replace("\"s\"", "\"s\",\"StreamName\":\"t\""),
                PLAIN.replace("\"s\"", "\"s\",\"StreamARN\":\"arn:aws:kinesis:r:1234:stream/s\""),
                PLAIN.replace("\"s\"", "\"s\","),
                PLAIN.replace("[", "[,"),
                PLAIN.replace("]", ",]"),
                PLAIN.replace("[{", "[{,"),
                PLAIN.replace("}]", ",}]"),
                PLAIN.replace(record, ""),
                PLAIN.replace(record, "null"),
                PLAIN.replace(record, "{}"),
                PLAIN.replace(record, String.join(",", java.util.Collections.nCopies(501, record))),
                PLAIN.replace("\"k\"", "\"\""),
                PLAIN.replace("\"k\"", "\"%s\"".formatted("k".repeat(257))),
                PLAIN.replace("\"k\"", "\"%s\"".formatted("😀".repeat(128) + "k")),
                PLAIN.replace("\"k\"", "\"\\ud800\""),
                PLAIN.replace("\"k\"", "\"\\ud800\\ud800\""),
                PLAIN.replace("\"k\"", "\"\\udc00\""),
                PLAIN.replace("\"k\"", "\"\\x\""),
                PLAIN.replace("\"k\"", "\"\\u12g4\""),
                PLAIN.replace("\"k\"", "\"a\nb\""),
                PLAIN.replace("\"k\"", "\"ü\nb\""),
                PLAIN.replace("\"k\"", "\"k\",\"PartitionKey\":\"k\""),
                PLAIN.replace("\"k\"", "\"k\",\"ExplicitHashKey\":\"01\""),
                PLAIN.replace("\"k\"", "\"k\",\"ExplicitHashKey\":\"\""),
                PLAIN.replace("\"k\"", "\"k\",\"ExplicitHashKey\":\"-1\""),
                PLAIN.replace("\"k\"", "\"k\",\"ExplicitHashKey\":\"1234567890123456789012345678901234567890\""),
                PLAIN.replace("\"k\"", "\"k\",\"ExplicitHashKey\":7"),
                PLAIN.replace("aGk=", "aGk"),
                PLAIN.replace("aGk=", "aGk=="),
                PLAIN.replace("aGk=", "aG=k"),
                PLAIN.replace("aGk=", "a==="),
                PLAIN.replace("aGk=", "===="),
                PLAIN.replace("aGk=", "aGk=aGk="),
                PLAIN.replace("aGk=", "aG k="),
                PLAIN.replace("aGk=", "aG\\u006b="),
                PLAIN.replace("aGk=", "-_8="),
                PLAIN.replace("aGk=", "aGü="));
    }

    @ParameterizedTest
    @MethodSource("left")
    void isLeftToTheGenericWay(String body) {
        byte[] utf8 = body.getBytes(StandardCharsets.UTF_8);
        assertThat(PutRecordsBody.decode(PLAIN.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON_1_1))
                .isNotNull();
        assertThat(PutRecordsBody.decode(utf8, BodyFormat.JSON_1_1)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80",
                "c080",
                "c1bf",
                "c3",
                "c328",
                "e08080",
                "e09fbf",
                "e282",
                "eda080",
                "edbfbf",
                "f08080",
                "f0808080",
                "f08fbfbf",
                "f4908080",
                "f5808080",
                "f09f98",
                "ff"
            })
    void aKeyThatIsNoUtf8IsLeftToTheGenericWay(String key) {
        String cbor = "bf675265636f7264739fbf64446174614568656c6c6f6c506172746974696f6e4b6579%02x%sffffff";
        assertThat(PutRecordsBody.decode(hex(cbor.formatted(0x61, "6b")), BodyFormat.CBOR))
                .isNotNull();
        assertThat(PutRecordsBody.decode(hex(cbor.formatted(0x60 + key.length() / 2, key)), BodyFormat.CBOR))
                .isNull();
        byte[] json = PLAIN.replace("\"k\"", '"' + new String(hex(key), StandardCharsets.ISO_8859_1) + '"')
                .getBytes(StandardCharsets.ISO_8859_1);
        assertThat(PutRecordsBody.decode(json, BodyFormat.JSON_1_1)).isNull();
    }

    @Test
    void theLimitsThemselvesAreTaken() {
        String record = "{\"Data\":\"aGk=\",\"PartitionKey\":\"k\"}";
        for (String body : List.of(
                PLAIN.replace(record, String.join(",", java.util.Collections.nCopies(500, record))),
                PLAIN.replace("\"s\"", "\"%s\"".formatted("s".repeat(128))),
                PLAIN.replace("\"k\"", "\"%s\"".formatted("k".repeat(256))),
                PLAIN.replace("\"k\"", "\"%s\"".formatted("😀".repeat(128))),
                PLAIN.replace("\"k\"", "\"%s\"".formatted("\uffff".repeat(256))),
                PLAIN.replace("\"k\"", "\"%s\"".formatted("\\ud83d\\ude00".repeat(128))),
                PLAIN.replace("\"k\"", "\"k\",\"ExplicitHashKey\":\"123456789012345678901234567890123456789\""),
                PLAIN.replace("aGk=", ""),
                " \t\r\n" + PLAIN.replace(":", " :\n ").replace(",", "\t,\r") + " \n")) {
            byte[] utf8 = body.getBytes(StandardCharsets.UTF_8);
            assertThat(GenericInput.hotPutRecords(utf8, BodyFormat.JSON_1_1))
                    .as(body)
                    .isNotNull()
                    .isEqualTo(GenericInput.putRecords(utf8, BodyFormat.JSON_1_1));
        }
    }

    @Test
    void tenMebibytesOfKeysAndDataAreTheMost() {
        for (int over = -1; over <= 1; over++) {
            String data = Base64.getEncoder().encodeToString(new byte[10 * 1024 * 1024 - 1 + over]);
            byte[] body = PLAIN.replace("aGk=", data).getBytes(StandardCharsets.UTF_8);
            PutRecordsBody taken = PutRecordsBody.decode(body, BodyFormat.JSON_1_1);
            assertThat(taken == null).as("over by " + over).isEqualTo(over > 0);
        }
    }

    @Test
    void aByteChangedAtTheEndOfABlobIsTakenOnlyWithItsMeaning() {
        for (String blob : List.of(
                "aGVsbG8gd29ybGQ=", "aGVsbG8gd29ybA==", "aGVsbG8gd29ybGQh", "aGVsbG8gd29ybGQhaGVsbG8gd29ybGQh")) {
            byte[] body = PLAIN.replace("aGk=", blob).getBytes(StandardCharsets.UTF_8);
            int from = PLAIN.indexOf("aGk=");
            for (int at = from; at < from + blob.length() + 1; at++) {
                byte original = body[at];
                for (int value = 0; value < 256; value++) {
                    body[at] = (byte) value;
                    PutDecodersTest.assertSame(body, BodyFormat.JSON_1_1);
                }
                body[at] = original;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"ShardIterator\":\"a\",\"Limit\":0}",
                "{\"ShardIterator\":\"a\",\"Limit\":10001}",
                "{\"ShardIterator\":\"a\",\"Limit\":99999999999}",
                "{\"ShardIterator\":\"a\",\"Limit\":1.0}",
                "{\"ShardIterator\":\"a\",\"Limit\":1e1}",
                "{\"ShardIterator\":\"a\",\"Limit\":-1}",
                "{\"ShardIterator\":\"a\",\"Limit\":01}",
                "{\"ShardIterator\":\"a\",\"Limit\":\"1\"}",
                "{\"ShardIterator\":\"a\",\"Limit\":1",
                "{\"ShardIterator\":\"\"}",
                "{\"ShardIterator\":\"a b\"}",
                "{\"ShardIterator\":\"\\\"a\\\"\"}",
                "{\"ShardIterator\":\"a\",\"StreamName\":\"s\"}",
                "{\"Limit\":1}"
            })
    void readsThatAreLeftToTheGenericWay(String body) {
        assertThat(GetRecordsBody.decode(body.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON_1_1))
                .isNull();
    }

    @Test
    void anotherFormatIsNotReadHere() {
        byte[] body = PLAIN.getBytes(StandardCharsets.UTF_8);
        assertThat(PutRecordsBody.decode(body, BodyFormat.JSON_1_0)).isNull();
        assertThat(PutRecordsBody.decode(body, BodyFormat.REST_JSON)).isNull();
    }

    /** Announced lengths and depths cost nothing. */
    @Test
    void aBombIsLeftWithoutAllocatingWhatItAnnounces() {
        String records = "bf675265636f726473";
        List<byte[]> bombs = List.of(
                hex("bb7fffffffffffffff"),
                hex("ba7fffffff"),
                hex("bafffffffe"),
                hex("bf7a7fffffff"),
                hex("bf7b7fffffffffffffff"),
                hex(records + "9a7fffffff"),
                hex(records + "9b7fffffffffffffff"),
                hex(records + "9fbf64446174615a7fffffff"),
                hex(records + "9fbf64446174615affffffff"),
                hex(records + "9fbf64446174615b7fffffffffffffff"),
                hex(records + "9fbf6c506172746974696f6e4b65797a7fffffff"),
                hex("9f".repeat(500_000)),
                hex("c1".repeat(500_000)),
                hex(records + "c1".repeat(500_000)),
                hex(records + "9f" + "d81c".repeat(250_000)),
                hex(records + "9f".repeat(500_000)),
                hex(records + "9f" + records.repeat(10_000)));
        for (byte[] bomb : bombs) {
            assertLeftCheaply(bomb, BodyFormat.CBOR);
        }
        for (String bomb : List.of(
                "[".repeat(500_000),
                "{\"Records\":" + "[".repeat(500_000),
                "{\"Records\":".repeat(50_000),
                " ".repeat(500_000),
                "{\"" + "a".repeat(500_000),
                "{\"Records\":[{\"PartitionKey\":\"" + "\\u00fc".repeat(100_000) + "\"}]}")) {
            assertLeftCheaply(bomb.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON_1_1);
        }
    }

    private static void assertLeftCheaply(byte[] bomb, BodyFormat format) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(PutRecordsBody.decode(bomb, format)).isNull(); // loads the classes
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        Object many = PutRecordsBody.decode(bomb, format);
        Object one = PutRecordBody.decode(bomb, format);
        Object read = GetRecordsBody.decode(bomb, format);
        long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertThat(many).isNull();
        assertThat(one).isNull();
        assertThat(read).isNull();
        assertThat(allocated).isLessThan(MAX_ALLOCATED_BYTES);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    @Test
    void base64IsThatOfTheJdkAtAnyLengthAndPlace() {
        Random random = new Random(1);
        for (int length = 0; length < 300; length++) {
            byte[] data = new byte[length + 2];
            random.nextBytes(data);
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            byte[] text = Base64.getEncoder().encode(java.util.Arrays.copyOfRange(data, 2, 2 + length));
            expected.writeBytes(new byte[5]);
            expected.writeBytes(text);
            byte[] target = new byte[5 + Base64Block.encodedLength(length)];
            assertThat(Base64Block.encode(data, 2, length, target, 5)).isEqualTo(target.length);
            assertThat(target).isEqualTo(expected.toByteArray());

            byte[] body = PLAIN.replace("aGk=", new String(text, StandardCharsets.US_ASCII))
                    .getBytes(StandardCharsets.UTF_8);
            DecodedRecords decoded =
                    PutRecordsBody.decode(body, BodyFormat.JSON_1_1).records();
            byte[] copy = new byte[decoded.dataLength(0)];
            decoded.copyData(0, copy, 0);
            assertThat(copy).isEqualTo(java.util.Arrays.copyOfRange(data, 2, 2 + length));
        }
    }
}
