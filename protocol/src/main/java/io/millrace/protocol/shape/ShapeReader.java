package io.millrace.protocol.shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
                JsonToken start = parser.nextToken();
                if (start != JsonToken.START_OBJECT) {
                    throw start == null ? MalformedBodyException.missing() : Mismatch.body(start);
                }
                readMembers(parser, format, target);
                if (!format.isBinary() && parser.nextToken() != null) {
                    throw MalformedBodyException.unreadable("the body goes on after its end");
                }
            } catch (JacksonException e) {
                throw MalformedBodyException.unreadable("the body cannot be parsed", e);
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
            expect(token, JsonToken.START_OBJECT, "Expected null");
            SdkPojo member = field.constructor().get();
            readMembers(parser, format, member);
            return ((Buildable) member).build();
        }
        if (type == MarshallingType.LIST) {
            expect(token, JsonToken.START_ARRAY, "Expected list or null");
            return readList(parser, format, field.getTrait(ListTrait.class).memberFieldInfo());
        }
        if (type == MarshallingType.MAP) {
            expect(token, JsonToken.START_OBJECT, "Expected map or null");
            return readMap(parser, format, field.getTrait(MapTrait.class).valueFieldInfo());
        }
        return ScalarReader.read(parser, format, field);
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

    /** @param scalarText what AWS says of a scalar in this place */
    private static void expect(JsonToken found, JsonToken wanted, String scalarText) throws MalformedBodyException {
        if (found != wanted) {
            throw Mismatch.compound(found, scalarText);
        }
    }
}
