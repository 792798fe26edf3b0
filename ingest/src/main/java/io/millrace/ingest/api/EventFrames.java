package io.millrace.ingest.api;

import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.ShapeWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/** The frames of a SubscribeToShard response ({@code application/vnd.amazon.eventstream}). */
final class EventFrames {
    private static final String JSON = BodyFormat.JSON_1_1.contentType();

    private EventFrames() {}

    /** The first frame: boto3 refuses a stream without it, and the Java SDK tells its caller by it. */
    static ByteBuf initialResponse() {
        return frame(
                Map.of(":message-type", "event", ":event-type", "initial-response", ":content-type", JSON),
                "{}".getBytes(StandardCharsets.UTF_8));
    }

    /** @param payload a SubscribeToShardEvent in JSON */
    static ByteBuf event(byte[] payload) {
        return frame(
                Map.of(":message-type", "event", ":event-type", "SubscribeToShardEvent", ":content-type", JSON),
                payload);
    }

    static ByteBuf exception(ServiceException error) {
        return frame(
                Map.of(":message-type", "exception", ":exception-type", error.code(), ":content-type", JSON),
                ShapeWriter.write(Map.of("message", error.text()), BodyFormat.JSON_1_1));
    }

    private static ByteBuf frame(Map<String, String> headers, byte[] payload) {
        Map<String, HeaderValue> values = new LinkedHashMap<>();
        headers.forEach((name, value) -> values.put(name, HeaderValue.fromString(value)));
        return Unpooled.wrappedBuffer(new Message(values, payload).toByteBuffer());
    }
}
