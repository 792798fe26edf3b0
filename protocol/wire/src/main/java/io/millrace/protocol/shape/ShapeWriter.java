package io.millrace.protocol.shape;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.dataformat.cbor.CBORGenerator;

/**
 * Writes an SDK model class as a body through its {@link SdkField}s. Absent members are left out.
 *
 * <p>Stateless and thread-safe.
 */
public final class ShapeWriter {
    private static final int CBOR_TAG_TIMESTAMP = 1;

    private ShapeWriter() {}

    public static byte[] write(SdkPojo shape, BodyFormat format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator generator = format.generator(out)) {
            writeObject(generator, format, shape);
        }
        return out.toByteArray();
    }

    /** Writes a flat object of strings, the form of every error body. */
    public static byte[] write(Map<String, String> members, BodyFormat format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        try (JsonGenerator generator = format.generator(out)) {
            generator.writeStartObject();
            members.forEach(generator::writeStringProperty);
            generator.writeEndObject();
        }
        return out.toByteArray();
    }

    private static void writeObject(JsonGenerator generator, BodyFormat format, SdkPojo shape) {
        generator.writeStartObject();
        for (SdkField<?> field : shape.sdkFields()) {
            Object value = field.getValueOrDefault(shape);
            if (value != null && !(value instanceof SdkAutoConstructList) && !(value instanceof SdkAutoConstructMap)) {
                generator.writeName(field.locationName());
                writeValue(generator, format, value);
            }
        }
        generator.writeEndObject();
    }

    private static void writeValue(JsonGenerator generator, BodyFormat format, @Nullable Object value) {
        if (value == null) { // an element of a list or a map
            generator.writeNull();
        } else if (value instanceof String text) {
            generator.writeString(text);
        } else if (value instanceof Integer number) {
            generator.writeNumber(number);
        } else if (value instanceof Long number) {
            generator.writeNumber(number);
        } else if (value instanceof Double number) {
            generator.writeNumber(number);
        } else if (value instanceof Float number) {
            generator.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            generator.writeBoolean(flag);
        } else if (value instanceof SdkBytes bytes) {
            generator.writeBinary(bytes.asByteArrayUnsafe());
        } else if (value instanceof Instant instant) {
            writeInstant(generator, format, instant);
        } else if (value instanceof List<?> list) {
            generator.writeStartArray();
            list.forEach(element -> writeValue(generator, format, element));
            generator.writeEndArray();
        } else if (value instanceof Map<?, ?> map) {
            generator.writeStartObject();
            map.forEach((key, element) -> {
                generator.writeName((String) key);
                writeValue(generator, format, element);
            });
            generator.writeEndObject();
        } else if (value instanceof SdkPojo pojo) {
            writeObject(generator, format, pojo);
        } else {
            throw new IllegalStateException("no form for values of " + value.getClass());
        }
    }

    /** JSON counts seconds with a fraction; AWS's CBOR counts whole milliseconds under tag 1. */
    private static void writeInstant(JsonGenerator generator, BodyFormat format, Instant instant) {
        long millis = instant.toEpochMilli();
        if (generator instanceof CBORGenerator cbor && format.isBinary()) {
            cbor.writeTag(CBOR_TAG_TIMESTAMP);
            cbor.writeNumber(millis);
        } else {
            generator.writeNumber(BigDecimal.valueOf(millis, 3).toPlainString());
        }
    }
}
