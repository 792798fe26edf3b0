package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.kinesis.model.CreateStreamRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;

/** Any bytes are a shape or malformed, and what is a shape is the same when it is written and read again. */
class ShapesFuzzIT {
    @FuzzTest
    void json(byte[] body) throws MalformedBodyException {
        assertReadOrRefused(body, BodyFormat.JSON_1_1);
    }

    @FuzzTest
    void cbor(byte[] body) throws MalformedBodyException {
        assertReadOrRefused(body, BodyFormat.CBOR);
    }

    private static void assertReadOrRefused(byte[] body, BodyFormat format) throws MalformedBodyException {
        assertReadOrRefused(body, format, PutRecordsRequest::builder, PutRecordsRequest.class);
        assertReadOrRefused(body, format, ListShardsRequest::builder, ListShardsRequest.class);
        assertReadOrRefused(body, format, CreateStreamRequest::builder, CreateStreamRequest.class);
        assertReadOrRefused(body, format, SubscribeToShardRequest::builder, SubscribeToShardRequest.class);
    }

    private static <T extends SdkPojo> void assertReadOrRefused(
            byte[] body, BodyFormat format, Supplier<? extends SdkPojo> builder, Class<T> type)
            throws MalformedBodyException {
        T read;
        try {
            read = ShapeReader.read(body, format, builder, type);
        } catch (MalformedBodyException e) {
            return;
        }
        byte[] written = ShapeWriter.write(read, format);
        assertThat(ShapeReader.read(written, format, builder, type)).isEqualTo(read);
    }
}
