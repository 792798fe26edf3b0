package io.millrace.ingest.codec;

import io.millrace.protocol.shape.BodyFormat;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Walks once through a body of one of two formats. Whatever it does not expect ends the walk with an
 * {@link UncommonBodyException}. Never allocates by a length that the body announces. Confined to one call.
 */
abstract class BodyCursor {
    final byte[] body;
    int at;

    BodyCursor(byte[] body) {
        this.body = body;
    }

    /** Returns a cursor before the first byte, or null for a format that is not read here. */
    static @Nullable BodyCursor of(byte[] body, BodyFormat format) {
        return switch (format) {
            case JSON_1_1 -> new JsonCursor(body);
            case CBOR -> new CborCursor(body);
            case JSON_1_0, REST_JSON -> null;
        };
    }

    abstract void beginObject() throws UncommonBodyException;

    /** Returns the next member, whose value has to be read then, or null once the object has ended. */
    abstract @Nullable Member nextMember() throws UncommonBodyException;

    abstract void beginArray() throws UncommonBodyException;

    /** Tells whether there is an element, which has to be read then; false once the array has ended. */
    abstract boolean nextElement() throws UncommonBodyException;

    /** Steps over a string of visible ASCII without escapes; it ends before {@link #textEnd()}. */
    abstract int textStart() throws UncommonBodyException;

    /** Returns where the string last stepped over ends, exclusive. */
    abstract int textEnd();

    abstract int number() throws UncommonBodyException;

    /** Reads a partition key into the row that is being filled. */
    abstract void key(DecodedRecords records) throws UncommonBodyException;

    /** Reads a blob into the row that is being filled. */
    abstract void data(DecodedRecords records) throws UncommonBodyException;

    /** Refuses whatever follows the body's object. */
    abstract void end() throws UncommonBodyException;

    /** Reads what {@link #textStart()} steps over. */
    final String text(int maxLength) throws UncommonBodyException {
        int from = textStart();
        int length = textEnd() - from;
        require(length > 0 && length <= maxLength);
        return new String(body, from, length, StandardCharsets.ISO_8859_1);
    }

    /** Reads a decimal number of at most so many digits, without leading zeros. */
    final String digits(int maxLength) throws UncommonBodyException {
        String text = text(maxLength);
        for (int i = 0; i < text.length(); i++) {
            require(Ascii.isDigit(text.charAt(i)));
        }
        require(text.charAt(0) != '0' || text.length() == 1);
        return text;
    }

    static void require(boolean holds) throws UncommonBodyException {
        if (!holds) {
            throw new UncommonBodyException();
        }
    }
}
