package io.millrace.protocol.shape;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.utils.builder.Buildable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads a body into an SDK model class through its {@link SdkField}s.
 *
 * <p>Members that the shape does not have are skipped, as AWS does. Stateless and thread-safe.
 */
public final class ShapeReader {
    private static final BigDecimal MAX_EPOCH_MILLIS = BigDecimal.valueOf(Long.MAX_VALUE);

    private ShapeReader() {}

    /**
     * Reads one shape. An empty body counts as an empty object.
     *
     * @param builder makes the builder of the shape, for example {@code PutRecordRequest::builder}
     * @throws MalformedBodyException if the body is not of the format or a member not of its type
     */
    public static <T> T read(byte[] body, BodyFormat format, Supplier<? extends SdkPojo> builder, Class<T> type)
            throws MalformedBodyException {
        SdkPojo target = builder.get();
        if (body.length > 0) {
            if (format.isBinary()) {
                CborStructure.check(body);
            }
            try (JsonParser parser = format.parser(body)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new MalformedBodyException("the body is not an object");
                }
                readMembers(parser, format, target);
                if (!format.isBinary() && parser.nextToken() != null) {
                    throw new MalformedBodyException("the body goes on after its end");
                }
            } catch (JacksonException e) {
                throw new MalformedBodyException("the body cannot be parsed", e);
            }
        }
        return type.cast(((Buildable) target).build());
    }

    private static void readMembers(JsonParser parser, BodyFormat format, SdkPojo target)
            throws MalformedBodyException {
        Map<String, SdkField<?>> fields = target.sdkFieldNameToField();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            SdkField<?> field = fields.get(name);
            if (field == null) {
                parser.skipChildren();
            } else if (value != JsonToken.VALUE_NULL) {
                field.set(target, readValue(parser, format, field));
            }
        }
    }

    private static @Nullable Object readValue(JsonParser parser, BodyFormat format, SdkField<?> field)
            throws MalformedBodyException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.SDK_POJO) {
            expect(token == JsonToken.START_OBJECT, field, "an object");
            SdkPojo member = field.constructor().get();
            readMembers(parser, format, member);
            return ((Buildable) member).build();
        }
        if (type == MarshallingType.LIST) {
            expect(token == JsonToken.START_ARRAY, field, "a list");
            return readList(parser, format, field.getTrait(ListTrait.class).memberFieldInfo());
        }
        if (type == MarshallingType.MAP) {
            expect(token == JsonToken.START_OBJECT, field, "a map");
            return readMap(parser, format, field.getTrait(MapTrait.class).valueFieldInfo());
        }
        return readScalar(parser, format, field, token);
    }

    private static List<@Nullable Object> readList(JsonParser parser, BodyFormat format, SdkField<?> element)
            throws MalformedBodyException {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(readValue(parser, format, element));
        }
        return list;
    }

    private static Map<String, @Nullable Object> readMap(JsonParser parser, BodyFormat format, SdkField<?> value)
            throws MalformedBodyException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            map.put(key, readValue(parser, format, value));
        }
        return map;
    }

    private static Object readScalar(JsonParser parser, BodyFormat format, SdkField<?> field, JsonToken token)
            throws MalformedBodyException {
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.STRING) {
            expect(token == JsonToken.VALUE_STRING, field, "a string");
            return parser.getString();
        }
        if (type == MarshallingType.SDK_BYTES) {
            expect(token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_EMBEDDED_OBJECT, field, "a blob");
            return SdkBytes.fromByteArrayUnsafe(parser.getBinaryValue());
        }
        if (type == MarshallingType.BOOLEAN) {
            expect(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, field, "a boolean");
            return parser.getBooleanValue();
        }
        if (type == MarshallingType.INSTANT && token == JsonToken.VALUE_STRING) {
            return instantOf(parser.getString(), field);
        }
        expect(token.isNumeric(), field, "a number");
        if (type == MarshallingType.INTEGER) {
            return parser.getIntValue();
        }
        if (type == MarshallingType.LONG) {
            return parser.getLongValue();
        }
        if (type == MarshallingType.DOUBLE) {
            return parser.getDoubleValue();
        }
        if (type == MarshallingType.FLOAT) {
            return parser.getFloatValue();
        }
        if (type == MarshallingType.INSTANT) {
            expect(!parser.isNaN(), field, "a number");
            try {
                return instantOf(parser.getDecimalValue(), format, field);
            } catch (ArithmeticException | NumberFormatException e) { // an exponent that no decimal has
                throw new MalformedBodyException("member %s is not in range".formatted(field.locationName()), e);
            }
        }
        throw new IllegalStateException("member %s has the unknown type %s".formatted(field.locationName(), type));
    }

    private static Instant instantOf(String text, SdkField<?> field) throws MalformedBodyException {
        try {
            return Instant.ofEpochMilli(Instant.parse(text).toEpochMilli());
        } catch (ArithmeticException | DateTimeException e) {
            throw new MalformedBodyException("member %s is not a timestamp".formatted(field.locationName()), e);
        }
    }

    /** JSON counts seconds with a fraction; AWS's CBOR counts whole milliseconds. */
    private static Instant instantOf(BigDecimal number, BodyFormat format, SdkField<?> field)
            throws MalformedBodyException {
        BigDecimal millis = format.isBinary() ? number : number.scaleByPowerOfTen(3);
        expect(millis.abs().compareTo(MAX_EPOCH_MILLIS) <= 0, field, "in range");
        return Instant.ofEpochMilli(millis.longValue());
    }

    private static void expect(boolean holds, SdkField<?> field, String expected) throws MalformedBodyException {
        if (!holds) {
            throw new MalformedBodyException("member %s is not %s".formatted(field.locationName(), expected));
        }
    }
}
