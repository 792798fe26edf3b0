package io.millrace.protocol.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;

/** Bodies that announce or nest more than they hold: refused, at no more cost than their own length. */
@Timeout(60)
class HostileBodiesTest {
    private static final int FREE_BYTES = 256 * 1024;
    private static final int COST_OF_A_BYTE = 8;

    /** In hexadecimal; each stands where a value of its kind may stand. */
    static List<String> announcements() {
        return List.of(
                "7a7fffffff",
                "7affffffff",
                "7b7fffffffffffffff",
                "7bffffffffffffffff",
                "5a7fffffff",
                "5affffffff",
                "5b7fffffffffffffff",
                "5bffffffffffffffff",
                "9a7fffffff",
                "9affffffff",
                "9b7fffffffffffffff",
                "9bffffffffffffffff",
                "ba7fffffff",
                "baffffffff",
                "bb7fffffffffffffff",
                "bbffffffffffffffff",
                "5f5a7fffffff",
                "7f7a7fffffff",
                "c25a7fffffff",
                "c35a7fffffff",
                "c4821b7fffffffffffffff5a7fffffff");
    }

    @ParameterizedTest
    @MethodSource("announcements")
    void aCborLengthIsNotBelieved(String announcement) {
        for (String member : List.of("StreamName", "Records", "StreamARN", "Unknown", "")) {
            assertRefusedCheaply(cbor(member, announcement), BodyFormat.CBOR, PutRecords.INSTANCE);
        }
        byte[] records = HexFormat.of().parseHex("bf675265636f7264739fbf64446174" + "61" + announcement);
        assertRefusedCheaply(records, BodyFormat.CBOR, PutRecords.INSTANCE);
        assertRefusedCheaply(HexFormat.of().parseHex(announcement), BodyFormat.CBOR, PutRecords.INSTANCE);
    }

    @Test
    void nestingIsRefusedAtOnce() {
        for (String nested : List.of(
                "[".repeat(1_000_000),
                "{\"Records\":".repeat(100_000),
                "{\"Unknown\":" + "[".repeat(1_000_000),
                "{\"Records\":[{\"Data\":" + "{\"a\":".repeat(200_000))) {
            assertRefusedCheaply(nested.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON_1_1, PutRecords.INSTANCE);
        }
        for (String nested : List.of("81", "9f", "a16178", "bf6178", "c1", "d81c")) {
            assertRefusedCheaply(cbor("Records", nested.repeat(300_000)), BodyFormat.CBOR, PutRecords.INSTANCE);
            assertRefusedCheaply(cbor("Unknown", nested.repeat(300_000)), BodyFormat.CBOR, PutRecords.INSTANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e999999999",
                "1e-999999999",
                "-1e999999999",
                "1e99999999999999999999",
                "99999999999999999999",
                "-99999999999999999999",
                "1.5e300",
                "0.000000000000000000000000001e28",
                "NaN",
                "-Infinity",
                "01",
                "+1",
                "0x10"
            })
    void aNumberOfAnySizeIsReadOrRefusedAtNoCost(String number) {
        byte[] count = "{\"MaxResults\":%s}".formatted(number).getBytes(StandardCharsets.UTF_8);
        assertCheap(count, BodyFormat.JSON_1_1, new ListShards());
        byte[] time = "{\"Timestamp\":%s}".formatted(number).getBytes(StandardCharsets.UTF_8);
        assertCheap(time, BodyFormat.JSON_1_1, new GetShardIterator());
        byte[] unknown = "{\"Unknown\":%s}".formatted(number).getBytes(StandardCharsets.UTF_8);
        assertCheap(unknown, BodyFormat.JSON_1_1, new ListShards());
    }

    @Test
    void aNumberOfAMillionDigitsIsReadOrRefusedAtNoCost() {
        for (String number : List.of("9".repeat(1_000_000), "0." + "0".repeat(1_000_000) + "1")) {
            for (String member : List.of("MaxResults", "Unknown", "StreamName")) {
                byte[] body = "{\"%s\":%s}".formatted(member, number).getBytes(StandardCharsets.UTF_8);
                assertCheap(body, BodyFormat.JSON_1_1, new ListShards());
            }
            byte[] time = "{\"Timestamp\":%s}".formatted(number).getBytes(StandardCharsets.UTF_8);
            assertCheap(time, BodyFormat.JSON_1_1, new GetShardIterator());
        }
        String digits = "ff".repeat(1_000_000);
        for (String tag : List.of("c2", "c3", "c48200")) {
            assertCheap(cbor("MaxResults", tag + "5a000f4240" + digits), BodyFormat.CBOR, new ListShards());
            assertCheap(cbor("Timestamp", tag + "5a000f4240" + digits), BodyFormat.CBOR, new GetShardIterator());
        }
    }

    @Test
    void manyMembersCostNoMoreThanTheirLength() {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; i < 200_000; i++) {
            body.append("\"member").append(i).append("\":0,");
        }
        assertCheap(
                body.append("\"last\":0}").toString().getBytes(StandardCharsets.UTF_8),
                BodyFormat.JSON_1_1,
                new ListShards());
        assertRefusedCheaply(
                ("{\"" + "a".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8),
                BodyFormat.JSON_1_1,
                new ListShards());
    }

    @Test
    void elementsThatAreNearlyNothingAreNotReadByTheMillion() {
        for (String element : List.of("{},", "{\"Data\":\"\"},", "null,")) {
            String body = "{\"Records\":[" + element.repeat(1_000_000) + "{}]}";
            assertRefusedCheaply(body.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON_1_1, PutRecords.INSTANCE);
        }
        assertRefusedCheaply(
                cbor("Records", "9f" + "a0".repeat(1_000_000) + "ff"), BodyFormat.CBOR, PutRecords.INSTANCE);
    }

    private static byte[] cbor(String member, String value) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(0xa1);
        body.write(0x60 + member.length());
        body.writeBytes(member.getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(HexFormat.of().parseHex(value));
        return body.toByteArray();
    }

    /** A shape to be read. */
    private interface Shape {
        Supplier<? extends SdkPojo> builder();

        Class<?> type();
    }

    private record PutRecords() implements Shape {
        static final PutRecords INSTANCE = new PutRecords();

        @Override
        public Supplier<? extends SdkPojo> builder() {
            return PutRecordsRequest::builder;
        }

        @Override
        public Class<?> type() {
            return PutRecordsRequest.class;
        }
    }

    private record ListShards() implements Shape {
        @Override
        public Supplier<? extends SdkPojo> builder() {
            return ListShardsRequest::builder;
        }

        @Override
        public Class<?> type() {
            return ListShardsRequest.class;
        }
    }

    private record GetShardIterator() implements Shape {
        @Override
        public Supplier<? extends SdkPojo> builder() {
            return GetShardIteratorRequest::builder;
        }

        @Override
        public Class<?> type() {
            return GetShardIteratorRequest.class;
        }
    }

    private static void assertRefusedCheaply(byte[] body, BodyFormat format, Shape shape) {
        assertThat(isRead(body, format, shape)).isFalse();
        assertCheap(body, format, shape);
    }

    private static void assertCheap(byte[] body, BodyFormat format, Shape shape) {
        isRead(body, format, shape); // loads the classes
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        isRead(body, format, shape);
        long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertThat(allocated).isLessThan((long) COST_OF_A_BYTE * body.length + FREE_BYTES);
    }

    private static boolean isRead(byte[] body, BodyFormat format, Shape shape) {
        try {
            return ShapeReader.read(body, format, shape.builder(), shape.type()) != null;
        } catch (MalformedBodyException e) {
            return false;
        }
    }
}
