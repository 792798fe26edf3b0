package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

class EventFrameReaderTest {
    private final byte[] stream = join(
            frame("initial-response", "{}"),
            frame("SubscribeToShardEvent", "{\"Records\":[]}"),
            frame("empty", ""),
            frame("SubscribeToShardEvent", "x".repeat(300)));

    @Test
    void framesAreFoundWhereverTheBytesAreCut() throws IOException {
        for (int cut = 0; cut <= stream.length; cut++) {
            EventFrameReader reader = new EventFrameReader();
            List<String> found = new ArrayList<>();
            reader.feed(ByteBuffer.wrap(stream, 0, cut), sink(found));
            reader.feed(ByteBuffer.wrap(stream, cut, stream.length - cut), sink(found));
            assertFound(found);
        }
    }

    @Test
    void framesAreFoundByteByByte() throws IOException {
        EventFrameReader reader = new EventFrameReader();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < stream.length; i++) {
            reader.feed(ByteBuffer.wrap(stream, i, 1), sink(found));
        }
        assertFound(found);
    }

    @Test
    void aFrameLargerThanTheBufferIsKeptWhole() throws IOException {
        List<String> found = new ArrayList<>();
        new EventFrameReader().feed(ByteBuffer.wrap(frame("large", "y".repeat(1_000_000))), sink(found));
        assertThat(found).containsExactly("large " + "y".repeat(1_000_000));
    }

    @Test
    void noBitCanFlipWithoutBeingSeen() {
        byte[] frame = frame("SubscribeToShardEvent", "{\"Records\":[]}");
        for (int bit = 0; bit < frame.length * 8; bit++) {
            byte[] damaged = frame.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> new EventFrameReader().feed(ByteBuffer.wrap(damaged), sink(new ArrayList<>())))
                    .as("bit %d", bit)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("checksum");
        }
    }

    private static void assertFound(List<String> found) {
        assertThat(found)
                .containsExactly(
                        "initial-response {}",
                        "SubscribeToShardEvent {\"Records\":[]}",
                        "empty ",
                        "SubscribeToShardEvent " + "x".repeat(300));
    }

    private static EventFrameReader.FrameSink sink(List<String> found) {
        return (headers, bytes, from, to) ->
                found.add(headers.get(":event-type") + " " + new String(bytes, from, to - from, UTF_8));
    }

    private static byte[] frame(String event, String payload) {
        Map<String, HeaderValue> headers =
                Map.of(":event-type", HeaderValue.fromString(event), ":message-type", HeaderValue.fromString("event"));
        ByteBuffer bytes = new Message(headers, payload.getBytes(UTF_8)).toByteBuffer();
        byte[] frame = new byte[bytes.remaining()];
        bytes.get(frame);
        return frame;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
