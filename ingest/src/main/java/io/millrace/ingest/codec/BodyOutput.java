package io.millrace.ingest.codec;

import io.millrace.ingest.streams.SequenceNumber;
import io.millrace.ingest.streams.SequenceNumberRun;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A body that grows in one array, in the very bytes that {@link io.millrace.protocol.shape.ShapeWriter} would write.
 * Confined to one call.
 */
abstract class BodyOutput {
    private static final byte[] SHARD_ID = "shardId-".getBytes(StandardCharsets.US_ASCII);
    private static final int SHARD_ID_DIGITS = 12;
    private static final int SHARD_ID_LENGTH = SHARD_ID.length + SHARD_ID_DIGITS;

    byte[] bytes;
    int length;
    private int taken;

    BodyOutput(int expectedLength) {
        this.bytes = new byte[expectedLength];
    }

    static BodyOutput of(BodyFormat format, int expectedLength) {
        return switch (format) {
            case JSON_1_0, JSON_1_1, REST_JSON -> new JsonOutput(expectedLength);
            case CBOR -> new CborOutput(expectedLength);
        };
    }

    abstract void beginObject();

    abstract void endObject();

    abstract void beginArray();

    abstract void endArray();

    abstract void name(OutputName name);

    abstract void integer(long value);

    /** Writes a time in the form of the format. */
    abstract void timestamp(long epochMillis);

    abstract void blob(byte[] array, int from, int count);

    /** Writes a string that is well-formed UTF-8. */
    abstract void utf8(byte[] array, int from, int count);

    /** Writes what stands before a string of ASCII that needs no escapes. */
    abstract void beginPlain(int count);

    abstract void endPlain();

    /** Returns how many bytes an object takes beside its names and values. */
    abstract int objectLength(int members);

    /** Returns how many bytes stand between the values of an array. */
    abstract int separatorLength();

    abstract int nameLength(OutputName name);

    abstract int timestampLength(long epochMillis);

    abstract int blobLength(int count);

    abstract int utf8Length(byte[] array, int from, int count);

    /** Returns how many bytes a string of ASCII takes that needs no escapes. */
    abstract int plainLength(int count);

    final void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        utf8(utf8, 0, utf8.length);
    }

    final void sequenceNumber(SequenceNumber number) {
        beginPlain(SequenceNumber.DECIMAL_DIGITS);
        ensure(SequenceNumber.DECIMAL_DIGITS);
        length = number.writeDecimal(bytes, length);
        endPlain();
    }

    /** As the other, where many follow each other. */
    final void sequenceNumber(SequenceNumber number, SequenceNumberRun run) {
        beginPlain(SequenceNumber.DECIMAL_DIGITS);
        ensure(SequenceNumber.DECIMAL_DIGITS);
        length = run.writeDecimal(number, bytes, length);
        endPlain();
    }

    /** Writes {@code shardId-} and twelve digits. */
    final void shardId(int index) {
        beginPlain(SHARD_ID_LENGTH);
        ensure(SHARD_ID_LENGTH);
        System.arraycopy(SHARD_ID, 0, bytes, length, SHARD_ID.length);
        length += SHARD_ID_LENGTH;
        int rest = index;
        for (int i = 1; i <= SHARD_ID_DIGITS; i++) {
            bytes[length - i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        endPlain();
    }

    final void raw(byte[] array, int from, int count) {
        ensure(count);
        System.arraycopy(array, from, bytes, length, count);
        length += count;
    }

    final void raw(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
    }

    final void ensure(int count) {
        if (bytes.length - length < count) {
            int needed = Math.addExact(length, count);
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * length)));
        }
    }

    /** Returns how many bytes were written and not taken. */
    final int untaken() {
        return length - taken;
    }

    /** Takes bytes that were written, which makes room for others. */
    final ByteBuf take(ByteBufAllocator allocator, int most) {
        int count = Math.min(most, untaken());
        ByteBuf piece = allocator.directBuffer(count).writeBytes(bytes, taken, count);
        taken += count;
        if (untaken() <= taken) { // so that a byte is moved once at most for each that was taken
            System.arraycopy(bytes, taken, bytes, 0, untaken());
            length -= taken;
            taken = 0;
        }
        return piece;
    }

    final byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /** Returns the bytes without a copy; nothing may be written afterwards. */
    final ByteBuf toByteBuf() {
        return Unpooled.wrappedBuffer(bytes, 0, length);
    }
}
