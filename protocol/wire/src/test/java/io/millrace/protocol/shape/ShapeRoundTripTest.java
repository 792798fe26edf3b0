package io.millrace.protocol.shape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.AddTagsToStreamRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamResponse;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamDescription;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import tools.jackson.core.JsonGenerator;

@Timeout(20)
class ShapeRoundTripTest {

    static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatIsWrittenIsReadAgain(long seed) throws MalformedBodyException {
        Random random = new Random(seed);
        PutRecordsRequest request = putRecords(random);
        DescribeStreamResponse response = describeStream(random);
        for (BodyFormat format : BodyFormat.values()) {
            assertThat(ShapeReader.read(
                            ShapeWriter.write(request, format),
                            format,
                            PutRecordsRequest::builder,
                            PutRecordsRequest.class))
                    .isEqualTo(request);
            assertThat(ShapeReader.read(
                            ShapeWriter.write(response, format),
                            format,
                            DescribeStreamResponse::builder,
                            DescribeStreamResponse.class))
                    .isEqualTo(response);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aBodyCutAnywhereOrWithAFlippedBitIsMalformedOrStillAShape(long seed) {
        Random random = new Random(seed);
        for (BodyFormat format : List.of(BodyFormat.JSON_1_1, BodyFormat.CBOR)) {
            byte[] body = ShapeWriter.write(describeStream(random), format);
            for (int i = 0; i < 200; i++) {
                byte[] damaged = body.clone();
                damaged[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
                assertReadOrMalformed(damaged, format);
                assertReadOrMalformed(java.util.Arrays.copyOf(body, random.nextInt(body.length)), format);
            }
        }
    }

    private static void assertReadOrMalformed(byte[] body, BodyFormat format) {
        try {
            ShapeReader.read(body, format, DescribeStreamResponse::builder, DescribeStreamResponse.class);
        } catch (MalformedBodyException e) {
            assertThat(e).hasNoSuppressedExceptions(); // the other good end
        }
    }

    @ParameterizedTest
    @EnumSource(BodyFormat.class)
    void timesHaveMillisecondsAndMapsAndFlagsAreKept(BodyFormat format) throws MalformedBodyException {
        AddTagsToStreamRequest tags = AddTagsToStreamRequest.builder()
                .streamName("s")
                .tags(java.util.Map.of("a", "1", "b", "", "\u00e9\ud83d\ude00", "\u0000"))
                .build();
        GetShardIteratorRequest iterator = GetShardIteratorRequest.builder()
                .timestamp(Instant.ofEpochMilli(-1))
                .build();

        assertThat(ShapeReader.read(
                        ShapeWriter.write(tags, format),
                        format,
                        AddTagsToStreamRequest::builder,
                        AddTagsToStreamRequest.class))
                .isEqualTo(tags);
        assertThat(ShapeReader.read(
                        ShapeWriter.write(iterator, format),
                        format,
                        GetShardIteratorRequest::builder,
                        GetShardIteratorRequest.class))
                .isEqualTo(iterator);
    }

    @Test
    void timesAreSecondsInJsonAndTaggedMillisecondsInCbor() {
        GetShardIteratorRequest shape = GetShardIteratorRequest.builder()
                .timestamp(Instant.ofEpochMilli(1_767_225_600_123L))
                .build();

        assertThat(new String(ShapeWriter.write(shape, BodyFormat.JSON_1_1), UTF_8))
                .isEqualTo("{\"Timestamp\":1767225600.123}");
        byte[] cbor = ShapeWriter.write(shape, BodyFormat.CBOR);
        assertThat(java.util.HexFormat.of().formatHex(cbor)).contains("c11b0000019b76daa87b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "1",
                "\"text\"",
                "null",
                "{",
                "{}{}",
                "{\"Data\":1}",
                "{\"Data\":\"*\"}",
                "{\"Data\":[]}",
                "{\"PartitionKey\":1}",
                "{\"PartitionKey\":{}}",
                "{\"PartitionKey\":true}",
                "{\"PartitionKey\":\"a\",}"
            })
    void whatIsNotOfItsTypeIsMalformed(String json) {
        assertThatThrownBy(() -> ShapeReader.read(
                        json.getBytes(UTF_8), BodyFormat.JSON_1_1, PutRecordRequest::builder, PutRecordRequest.class))
                .isInstanceOf(MalformedBodyException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e300",
                "-1e300",
                "1e999999999",
                "\"+999999999-12-31T23:59:59Z\"",
                "\"soon\"",
                "true",
                "{}",
                "[1]"
            })
    void aTimeThatCannotBeIsMalformed(String json) {
        byte[] body = ("{\"Timestamp\":" + json + "}").getBytes(UTF_8);
        assertThatThrownBy(() -> ShapeReader.read(
                        body, BodyFormat.JSON_1_1, GetShardIteratorRequest::builder, GetShardIteratorRequest.class))
                .isInstanceOf(MalformedBodyException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e300})
    void aCborTimeThatIsNoNumberOfMillisecondsIsMalformed(double number) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator cbor = BodyFormat.CBOR.generator(out)) {
            cbor.writeStartObject();
            cbor.writeName("Timestamp");
            cbor.writeNumber(number);
            cbor.writeEndObject();
        }
        assertThatThrownBy(() -> ShapeReader.read(
                        out.toByteArray(),
                        BodyFormat.CBOR,
                        GetShardIteratorRequest::builder,
                        GetShardIteratorRequest.class))
                .isInstanceOf(MalformedBodyException.class);
    }

    @Test
    void membersTheShapeDoesNotHaveAreSkippedAndAbsentOnesStayAbsent() throws MalformedBodyException {
        byte[] body = "{\"New\":{\"a\":[1,{}]},\"PartitionKey\":\"k\",\"Data\":null,\"Other\":\"x\"}".getBytes(UTF_8);
        assertThat(ShapeReader.read(body, BodyFormat.JSON_1_1, PutRecordRequest::builder, PutRecordRequest.class))
                .isEqualTo(PutRecordRequest.builder().partitionKey("k").build());
        assertThat(ShapeReader.read(
                        new byte[0], BodyFormat.JSON_1_1, PutRecordRequest::builder, PutRecordRequest.class))
                .isEqualTo(PutRecordRequest.builder().build());
    }

    @Test
    void cborBlobsMayComeAsBase64Text() throws MalformedBodyException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator cbor = BodyFormat.CBOR.generator(out)) {
            cbor.writeStartObject();
            cbor.writeStringProperty("Data", "AAEC");
            cbor.writeEndObject();
        }
        assertThat(ShapeReader.read(
                                out.toByteArray(), BodyFormat.CBOR, PutRecordRequest::builder, PutRecordRequest.class)
                        .data()
                        .asByteArray())
                .containsExactly(0, 1, 2);
    }

    private static PutRecordsRequest putRecords(Random random) {
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        int count = random.nextInt(20);
        for (int i = 0; i < count; i++) {
            byte[] data = new byte[random.nextInt(300)];
            random.nextBytes(data);
            entries.add(PutRecordsRequestEntry.builder()
                    .data(SdkBytes.fromByteArray(data))
                    .partitionKey(text(random))
                    .explicitHashKey(random.nextBoolean() ? null : Long.toString(random.nextLong()))
                    .build());
        }
        return PutRecordsRequest.builder()
                .streamName(random.nextBoolean() ? null : text(random))
                .records(entries)
                .build();
    }

    private static DescribeStreamResponse describeStream(Random random) {
        return DescribeStreamResponse.builder()
                .streamDescription(StreamDescription.builder()
                        .streamName(text(random))
                        .streamStatus(random.nextBoolean() ? StreamStatus.ACTIVE : StreamStatus.DELETING)
                        .hasMoreShards(random.nextBoolean())
                        .retentionPeriodHours(random.nextInt())
                        .streamCreationTimestamp(Instant.ofEpochMilli(random.nextLong() >> 16))
                        .encryptionType(EncryptionType.NONE)
                        .shards(IntStream.range(0, random.nextInt(4))
                                .mapToObj(i -> Shard.builder()
                                        .shardId(text(random))
                                        .hashKeyRange(r -> r.startingHashKey(text(random)))
                                        .build())
                                .toList())
                        .build())
                .build();
    }

    /** Letters, controls, quotes, and characters inside and outside the Basic Multilingual Plane. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(30);
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(
                    switch (random.nextInt(5)) {
                        case 0 -> random.nextInt(0x20);
                        case 1 -> '"';
                        case 2 -> 0x1F600 + random.nextInt(50);
                        case 3 -> 0xE0 + random.nextInt(0x100);
                        default -> 'a' + random.nextInt(26);
                    });
        }
        return text.toString();
    }
}
