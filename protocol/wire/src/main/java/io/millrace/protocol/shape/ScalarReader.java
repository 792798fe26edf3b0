package io.millrace.protocol.shape;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.protocol.MarshallingType;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the value that a parser stands at as the type of its member, as AWS does: fractions of a whole number are cut
 * off, a number too large is the largest there is, and a flag may be a word. Stateless.
 */
final class ScalarReader {
    private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final String TIMESTAMP = "milliseconds since epoch";

    private ScalarReader() {}

    static Object read(JsonParser parser, BodyFormat format, SdkField<?> field) throws MalformedBodyException {
        MarshallingType<?> type = field.marshallingType();
        JsonToken token = parser.currentToken();
        if (type == MarshallingType.STRING) {
            expect(token == JsonToken.VALUE_STRING, token, "a String");
            return parser.getString();
        }
        if (type == MarshallingType.SDK_BYTES) {
            return blob(parser, token);
        }
        if (type == MarshallingType.BOOLEAN) {
            return flag(parser, token);
        }
        if (type == MarshallingType.INSTANT) {
            return instant(parser, format, token);
        }
        if (type == MarshallingType.INTEGER) {
            return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, whole(parser, token, "an Integer")));
        }
        if (type == MarshallingType.LONG) {
            return whole(parser, token, "a Long");
        }
        if (type == MarshallingType.DOUBLE) {
            expect(token.isNumeric(), token, "a Double");
            return parser.getDoubleValue();
        }
        if (type == MarshallingType.FLOAT) {
            expect(token.isNumeric(), token, "a Float");
            return parser.getFloatValue();
        }
        throw new IllegalStateException(
                String.format(Locale.ROOT, "member %s has the unknown type %s", field.locationName(), type));
    }

    private static SdkBytes blob(JsonParser parser, JsonToken token) throws MalformedBodyException {
        if (token == JsonToken.VALUE_EMBEDDED_OBJECT) {
            return SdkBytes.fromByteArrayUnsafe(parser.getBinaryValue());
        }
        expect(token == JsonToken.VALUE_STRING, token, "a Blob");
        return SdkBytes.fromByteArrayUnsafe(BlobText.decode(parser.getString()));
    }

    private static boolean flag(JsonParser parser, JsonToken token) throws MalformedBodyException {
        if (token != JsonToken.VALUE_STRING) {
            expect(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, token, "a Boolean");
            return parser.getBooleanValue();
        }
        return switch (parser.getString().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "y", "t", "1" -> true;
            case "false", "no", "n", "f", "0" -> false;
            default -> throw Mismatch.scalar(token, "an Boolean"); // sic
        };
    }

    private static long whole(JsonParser parser, JsonToken token, String wanted) throws MalformedBodyException {
        expect(token.isNumeric(), token, wanted);
        if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return parser.getLongValue();
        }
        return decimal(parser).max(MIN_LONG).min(MAX_LONG).longValue();
    }

    private static BigDecimal decimal(JsonParser parser) throws MalformedBodyException {
        if (parser.isNaN()) {
            throw MalformedBodyException.unreadable("a number that is none");
        }
        try {
            return parser.getDecimalValue();
        } catch (ArithmeticException | NumberFormatException e) { // an exponent that no decimal has
            throw MalformedBodyException.unreadable("a number is not in range", e);
        }
    }

    private static Instant instant(JsonParser parser, BodyFormat format, JsonToken token)
            throws MalformedBodyException {
        if (token == JsonToken.VALUE_STRING) {
            return instantOf(parser.getString());
        }
        expect(token.isNumeric(), token, TIMESTAMP);
        return instantOf(decimal(parser), format);
    }

    private static Instant instantOf(String text) throws MalformedBodyException {
        try {
            return Instant.ofEpochMilli(Instant.parse(text).toEpochMilli());
        } catch (ArithmeticException | DateTimeException e) {
            throw Mismatch.scalar(JsonToken.VALUE_STRING, TIMESTAMP);
        }
    }

    /** JSON counts seconds with a fraction; AWS's CBOR counts whole milliseconds. */
    private static Instant instantOf(BigDecimal number, BodyFormat format) throws MalformedBodyException {
        try {
            BigDecimal millis = format.isBinary() ? number : number.scaleByPowerOfTen(3);
            if (millis.abs().compareTo(MAX_LONG) <= 0) {
                return Instant.ofEpochMilli(millis.longValue());
            }
        } catch (ArithmeticException e) { // an exponent that no decimal has
            throw MalformedBodyException.unreadable("a time is not in range", e);
        }
        throw MalformedBodyException.unreadable("a time is not in range");
    }

    private static void expect(boolean holds, JsonToken found, String wanted) throws MalformedBodyException {
        if (!holds) {
            throw Mismatch.scalar(found, wanted);
        }
    }
}
