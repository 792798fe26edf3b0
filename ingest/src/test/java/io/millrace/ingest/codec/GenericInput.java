package io.millrace.ingest.codec;

import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;

/** What a body means, read in the generic way and under the constraints of the API, or by the hot decoders. */
final class GenericInput {
    private static final int MAX_RECORD_BYTES = 10 * 1024 * 1024;

    private static final Constraints PUT_RECORD = streamRef()
            .required("Data", "PartitionKey")
            .length("Data", 0, MAX_RECORD_BYTES)
            .length("PartitionKey", 1, 256)
            .pattern("ExplicitHashKey", "0|([1-9]\\d{0,38})");
    private static final Constraints PUT_RECORDS = streamRef()
            .required("Records")
            .length("Records", 1, 500)
            .each(
                    "Records",
                    Constraints.none()
                            .required("Data", "PartitionKey")
                            .length("Data", 0, MAX_RECORD_BYTES)
                            .length("PartitionKey", 1, 256)
                            .pattern("ExplicitHashKey", "0|([1-9]\\d{0,38})"));
    private static final Constraints GET_RECORDS = Constraints.none()
            .required("ShardIterator")
            .length("ShardIterator", 1, 512)
            .range("Limit", 1, 10_000);

    /** A record by its meaning; data as a buffer, which compares its bytes. */
    record Entry(String key, ByteBuffer keyUtf8, int keyChars, String explicitHashKey, ByteBuffer data) {}

    record PutRecords(String streamName, String streamArn, List<Entry> records) {}

    record PutRecord(String streamName, String streamArn, Entry record, String ordering) {}

    private GenericInput() {}

    private static Constraints streamRef() {
        return Constraints.none()
                .length("StreamName", 1, 128)
                .pattern("StreamName", "[a-zA-Z0-9_.-]+")
                .length("StreamARN", 1, 2048)
                .pattern("StreamARN", "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");
    }

    /** Returns null when the body is refused. */
    static PutRecords putRecords(byte[] body, BodyFormat format) {
        PutRecordsRequest request =
                read(body, format, PutRecordsRequest::builder, PutRecordsRequest.class, PUT_RECORDS);
        return request == null
                ? null
                : new PutRecords(
                        request.streamName(),
                        request.streamARN(),
                        request.records().stream()
                                .map(entry -> entry(
                                        entry.partitionKey(),
                                        entry.explicitHashKey(),
                                        entry.data().asByteArrayUnsafe()))
                                .toList());
    }

    static PutRecord putRecord(byte[] body, BodyFormat format) {
        PutRecordRequest request = read(body, format, PutRecordRequest::builder, PutRecordRequest.class, PUT_RECORD);
        return request == null
                ? null
                : new PutRecord(
                        request.streamName(),
                        request.streamARN(),
                        entry(
                                request.partitionKey(),
                                request.explicitHashKey(),
                                request.data().asByteArrayUnsafe()),
                        request.sequenceNumberForOrdering());
    }

    static GetRecordsBody getRecords(byte[] body, BodyFormat format) {
        GetRecordsRequest request =
                read(body, format, GetRecordsRequest::builder, GetRecordsRequest.class, GET_RECORDS);
        return request == null
                ? null
                : new GetRecordsBody(request.shardIterator(), request.limit(), request.streamARN());
    }

    /** Returns null when the body is not for the hot decoder. */
    static PutRecords hotPutRecords(byte[] body, BodyFormat format) {
        PutRecordsBody hot = PutRecordsBody.decode(body, format);
        return hot == null
                ? null
                : new PutRecords(
                        hot.streamName(),
                        hot.streamArn(),
                        IntStream.range(0, hot.records().count())
                                .mapToObj(i -> entry(hot.records(), i))
                                .toList());
    }

    static PutRecord hotPutRecord(byte[] body, BodyFormat format) {
        PutRecordBody hot = PutRecordBody.decode(body, format);
        return hot == null
                ? null
                : new PutRecord(
                        hot.streamName(), hot.streamArn(), entry(hot.record(), 0), hot.sequenceNumberForOrdering());
    }

    private static Entry entry(DecodedRecords records, int i) {
        byte[] key = new byte[records.keyLength(i) + 2];
        records.copyKey(i, key, 1);
        byte[] data = new byte[records.dataLength(i) + 2];
        records.copyData(i, data, 1);
        return new Entry(
                records.key(i),
                ByteBuffer.wrap(key, 1, key.length - 2),
                records.keyChars(i),
                records.explicitHashKey(i),
                ByteBuffer.wrap(data, 1, data.length - 2));
    }

    private static Entry entry(String key, String explicitHashKey, byte[] data) {
        return new Entry(
                key,
                ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)),
                key.length(),
                explicitHashKey,
                ByteBuffer.wrap(data));
    }

    private static <T extends SdkPojo> T read(
            byte[] body,
            BodyFormat format,
            Supplier<? extends SdkPojo> builder,
            Class<T> type,
            Constraints constraints) {
        try {
            T input = ShapeReader.read(body, format, builder, type);
            constraints.check(input);
            return input;
        } catch (MalformedBodyException | ServiceException e) {
            return null;
        }
    }
}
