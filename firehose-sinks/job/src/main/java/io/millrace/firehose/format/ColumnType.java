package io.millrace.firehose.format;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/**
 * A scalar type of Hive, as the schema catalog names it, and its form in Parquet.
 *
 * @param precision and {@code scale} are those of a decimal and 0 for all others
 */
record ColumnType(Kind kind, int precision, int scale) {
    private static final Pattern DECIMAL = Pattern.compile("decimal(?:\\(\\s*(\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\))?");
    private static final Pattern TEXT = Pattern.compile("(?:char|varchar)\\(\\s*\\d+\\s*\\)");
    private static final int MAX_PRECISION = 38;
    private static final int INT_PRECISION = 9;
    private static final int LONG_PRECISION = 18;
    private static final int WIDE_BYTES = 16;
    private static final int MAX_CHARS = 1000; // of a number, as the JSON parser allows without quotes

    enum Kind {
        BOOLEAN,
        BYTE,
        SHORT,
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        STRING,
        DATE,
        TIMESTAMP,
        DECIMAL
    }

    /** @throws IllegalArgumentException if the type is not one of the scalar types */
    static ColumnType parse(String hiveType) {
        String type = hiveType.strip().toLowerCase(Locale.ROOT);
        Matcher decimal = DECIMAL.matcher(type);
        if (decimal.matches()) {
            int precision = decimal.group(1) == null ? 10 : Integer.parseInt(decimal.group(1));
            int scale = decimal.group(2) == null ? 0 : Integer.parseInt(decimal.group(2));
            if (precision < 1 || precision > MAX_PRECISION || scale > precision) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "column type: %s (expected: precision 1 to 38)", hiveType));
            }
            return new ColumnType(Kind.DECIMAL, precision, scale);
        }
        if (TEXT.matcher(type).matches()) {
            return new ColumnType(Kind.STRING, 0, 0);
        }
        Kind kind = switch (type) {
            case "boolean" -> Kind.BOOLEAN;
            case "tinyint" -> Kind.BYTE;
            case "smallint" -> Kind.SHORT;
            case "int", "integer" -> Kind.INT;
            case "bigint" -> Kind.LONG;
            case "float" -> Kind.FLOAT;
            case "double" -> Kind.DOUBLE;
            case "string" -> Kind.STRING;
            case "date" -> Kind.DATE;
            case "timestamp" -> Kind.TIMESTAMP;
            default ->
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "column type: %s (expected: a scalar type of Hive)", hiveType));
        };
        return new ColumnType(kind, 0, 0);
    }

    Type toParquet(String name) {
        return switch (kind) {
            case BOOLEAN -> Types.optional(PrimitiveTypeName.BOOLEAN).named(name);
            case BYTE ->
                Types.optional(PrimitiveTypeName.INT32)
                        .as(LogicalTypeAnnotation.intType(8, true))
                        .named(name);
            case SHORT ->
                Types.optional(PrimitiveTypeName.INT32)
                        .as(LogicalTypeAnnotation.intType(16, true))
                        .named(name);
            case INT -> Types.optional(PrimitiveTypeName.INT32).named(name);
            case LONG -> Types.optional(PrimitiveTypeName.INT64).named(name);
            case FLOAT -> Types.optional(PrimitiveTypeName.FLOAT).named(name);
            case DOUBLE -> Types.optional(PrimitiveTypeName.DOUBLE).named(name);
            case STRING ->
                Types.optional(PrimitiveTypeName.BINARY)
                        .as(LogicalTypeAnnotation.stringType())
                        .named(name);
            case DATE ->
                Types.optional(PrimitiveTypeName.INT32)
                        .as(LogicalTypeAnnotation.dateType())
                        .named(name);
            case TIMESTAMP ->
                Types.optional(PrimitiveTypeName.INT64)
                        .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MILLIS))
                        .named(name);
            case DECIMAL -> decimalType(name);
        };
    }

    private Type decimalType(String name) {
        LogicalTypeAnnotation decimal = LogicalTypeAnnotation.decimalType(scale, precision);
        if (precision <= INT_PRECISION) {
            return Types.optional(PrimitiveTypeName.INT32).as(decimal).named(name);
        }
        if (precision <= LONG_PRECISION) {
            return Types.optional(PrimitiveTypeName.INT64).as(decimal).named(name);
        }
        return Types.optional(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
                .length(WIDE_BYTES)
                .as(decimal)
                .named(name);
    }

    /**
     * Reads a scalar of JSON as a value of this type.
     *
     * @param text the value's text without quotes
     * @param quoted whether it was a string
     * @throws RuntimeException if the text is no value of this type (of several kinds, all meaning that)
     */
    Object valueOf(String text, boolean quoted) {
        if (kind != Kind.STRING && text.length() > MAX_CHARS) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%d characters are no %s", text.length(), kind));
        }
        return switch (kind) {
            case STRING -> text;
            case BOOLEAN -> {
                if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
                    throw new IllegalArgumentException(String.format(Locale.ROOT, "%s is not a boolean", text));
                }
                yield Boolean.valueOf(text);
            }
            case BYTE -> (int) new BigDecimal(text).byteValueExact();
            case SHORT -> (int) new BigDecimal(text).shortValueExact();
            case INT -> new BigDecimal(text).intValueExact();
            case LONG -> new BigDecimal(text).longValueExact();
            case FLOAT -> Float.valueOf(text);
            case DOUBLE -> Double.valueOf(text);
            case DATE -> (int) LocalDate.parse(text).toEpochDay();
            case TIMESTAMP -> Timestamps.parse(text, quoted).toEpochMilli();
            case DECIMAL -> {
                BigDecimal value = new BigDecimal(text).stripTrailingZeros();
                // Before setScale, which would write out all the zeros of 1e400000000.
                if (value.scale() > scale || (long) value.precision() - value.scale() > precision - scale) {
                    throw new ArithmeticException(
                            String.format(Locale.ROOT, "%s does not fit decimal(%d,%d)", text, precision, scale));
                }
                yield value.setScale(scale, RoundingMode.UNNECESSARY);
            }
        };
    }

    void write(RecordConsumer consumer, Object value) {
        switch (kind) {
            case BOOLEAN -> consumer.addBoolean((Boolean) value);
            case BYTE, SHORT, INT, DATE -> consumer.addInteger((Integer) value);
            case LONG, TIMESTAMP -> consumer.addLong((Long) value);
            case FLOAT -> consumer.addFloat((Float) value);
            case DOUBLE -> consumer.addDouble((Double) value);
            case STRING -> consumer.addBinary(Binary.fromString((String) value));
            case DECIMAL -> writeDecimal(consumer, (BigDecimal) value);
        }
    }

    private void writeDecimal(RecordConsumer consumer, BigDecimal value) {
        if (precision <= INT_PRECISION) {
            consumer.addInteger(value.unscaledValue().intValueExact());
        } else if (precision <= LONG_PRECISION) {
            consumer.addLong(value.unscaledValue().longValueExact());
        } else {
            byte[] digits = value.unscaledValue().toByteArray();
            byte[] wide = new byte[WIDE_BYTES];
            Arrays.fill(wide, (byte) (value.signum() < 0 ? -1 : 0));
            ByteBuffer.wrap(wide).position(WIDE_BYTES - digits.length).put(digits);
            consumer.addBinary(Binary.fromConstantByteArray(wide));
        }
    }

    /** The timestamp forms that the OpenX JSON serde of Firehose reads. */
    private static final class Timestamps {
        private static final Pattern EPOCH = Pattern.compile("-?\\d+(\\.\\d+)?");
        private static final DateTimeFormatter DATE_TIME = new DateTimeFormatterBuilder()
                .appendPattern("uuuu-M-d['T'][ ]HH:mm:ss")
                .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
                .appendPattern("['Z']")
                .toFormatter(Locale.ROOT)
                .withResolverStyle(ResolverStyle.STRICT);
        private static final BigDecimal FIRST_MILLIS =
                new BigDecimal("100000000000"); // later than the year 5138 in seconds

        private Timestamps() {}

        static Instant parse(String text, boolean quoted) {
            if (EPOCH.matcher(text).matches()) {
                BigDecimal number = new BigDecimal(text);
                boolean millis = number.abs().compareTo(FIRST_MILLIS) >= 0;
                return Instant.ofEpochMilli((millis ? number : number.movePointRight(3))
                        .setScale(0, RoundingMode.FLOOR)
                        .longValueExact());
            }
            if (!quoted) {
                throw new IllegalArgumentException(String.format(Locale.ROOT, "%s is not a timestamp", text));
            }
            return LocalDateTime.parse(text, DATE_TIME).toInstant(ZoneOffset.UTC);
        }
    }
}
