package io.millrace.protocol.shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
 * <p>Members that the shape does not have are skipped, as AWS does. The elements of lists and maps are counted while
 * they are read: three bytes of a body can be one, and an object of some dozen bytes. One reads one body.
 */
public final class ShapeReader {
    /** More than any operation takes; what is too many for one, its constraints say. */
    private static final int MOST_ELEMENTS = 10_000;

    private final JsonParser parser;
    private final BodyFormat format;
    private int elements;

    private ShapeReader(JsonParser parser, BodyFormat format) {
        this.parser = parser;
        this.format = format;
    }

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
                new ShapeReader(parser, format).readMembers(target);
                if (!format.isBinary() && parser.nextToken() != null) {
                    throw MalformedBodyException.unreadable("the body goes on after its end");
                }
            } catch (JacksonException e) {
                throw MalformedBodyException.unreadable("the body cannot be parsed", e);
            }
        }
        return type.cast(((Buildable) target).build());
    }

    private void readMembers(SdkPojo target) throws MalformedBodyException {
        Map<String, SdkField<?>> fields = target.sdkFieldNameToField();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            SdkField<?> field = fields.get(name);
            if (field == null) {
                parser.skipChildren();
            } else if (value != JsonToken.VALUE_NULL) {
                field.set(target, readValue(field));
            }
        }
    }

    private @Nullable Object readValue(SdkField<?> field) throws MalformedBodyException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.SDK_POJO) {
            expect(token, JsonToken.START_OBJECT, "Expected null");
            SdkPojo member = field.constructor().get();
            readMembers(member);
            return ((Buildable) member).build();
        }
        if (type == MarshallingType.LIST) {
            expect(token, JsonToken.START_ARRAY, "Expected list or null");
            return readList(field.getTrait(ListTrait.class).memberFieldInfo());
        }
        if (type == MarshallingType.MAP) {
            expect(token, JsonToken.START_OBJECT, "Expected map or null");
            return readMap(field.getTrait(MapTrait.class).valueFieldInfo());
        }
        return ScalarReader.read(parser, format, field);
    }

    private List<@Nullable Object> readList(SdkField<?> element) throws MalformedBodyException {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            countElement();
            list.add(readValue(element));
        }
        return list;
    }

    private Map<String, @Nullable Object> readMap(SdkField<?> value) throws MalformedBodyException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            countElement();
            map.put(key, readValue(value));
        }
        return map;
    }

    private void countElement() throws MalformedBodyException {
        if (++elements > MOST_ELEMENTS) {
            throw MalformedBodyException.unreadable(
                    String.format(Locale.ROOT, "lists and maps with more than %d elements", MOST_ELEMENTS));
        }
    }

    /** @param scalarText what AWS says of a scalar in this place */
    private static void expect(JsonToken found, JsonToken wanted, String scalarText) throws MalformedBodyException {
        if (found != wanted) {
            throw Mismatch.compound(found, scalarText);
        }
    }
}
