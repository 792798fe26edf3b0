package io.millrace.firehose.format;

import io.millrace.firehose.delivery.DeliverySpec.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads JSON objects as rows of a table: keys are compared without regard to case, unknown ones are skipped, missing
 * ones are null. A record may hold several objects one after the other, but no array (Firehose developer guide, "Record
 * format conversion"). Thread-safe.
 */
public final class JsonRows {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final List<ColumnType> types;
    private final Map<String, Integer> positions = new HashMap<>();

    public JsonRows(List<Column> columns) {
        this.types =
                columns.stream().map(column -> ColumnType.parse(column.type())).toList();
        for (Column column : columns) {
            positions.put(column.name().toLowerCase(Locale.ROOT), positions.size());
        }
    }

    List<ColumnType> types() {
        return types;
    }

    /** A record is not what the table asks for. */
    public static final class MalformedRecordException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedRecordException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Returns the rows of a record, each with one value a column. */
    public List<@Nullable Object[]> parse(byte[] record) throws MalformedRecordException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), record)) {
            JsonToken token = parser.nextToken();
            while (token != null) {
                if (token != JsonToken.START_OBJECT) {
                    throw new MalformedRecordException("Data is not a JSON object but begins with " + token, null);
                }
                rows.add(parseObject(parser));
                token = parser.nextToken();
            }
        } catch (JacksonException e) {
            throw new MalformedRecordException("Data is not valid JSON: " + e.getOriginalMessage(), e);
        }
        return rows;
    }

    private @Nullable Object[] parseObject(JsonParser parser) throws MalformedRecordException {
        @Nullable Object[] row = new Object[types.size()];
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            Integer position = positions.get(key);
            if (position == null) {
                position = positions.get(key.toLowerCase(Locale.ROOT));
            }
            if (position == null) {
                parser.skipChildren();
            } else if (value != JsonToken.VALUE_NULL) {
                row[position] = scalar(parser, key, value, types.get(position));
            }
        }
        return row;
    }

    private static Object scalar(JsonParser parser, String key, JsonToken token, ColumnType type)
            throws MalformedRecordException {
        if (!token.isScalarValue()) {
            throw new MalformedRecordException(
                    String.format(Locale.ROOT, "Column %s: a nested value for a scalar type", key), null);
        }
        try {
            return type.valueOf(parser.getString(), token == JsonToken.VALUE_STRING);
        } catch (RuntimeException e) { // of several kinds, all meaning that the text is no such value
            throw new MalformedRecordException(
                    String.format(
                            Locale.ROOT,
                            "Column %s: %s is not a value of type %s",
                            key,
                            parser.getString(),
                            type.kind()),
                    e);
        }
    }
}
