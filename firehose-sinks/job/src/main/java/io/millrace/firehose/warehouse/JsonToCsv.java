package io.millrace.firehose.warehouse;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Turns JSON objects, one after the other with or without line breaks, into CSV rows of the columns given, as COPY's
 * {@code JSON 'auto'} reads them: keys without regard to case, missing ones as NULL, nested values as their text.
 */
final class JsonToCsv {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int FLUSH_CHARS = 64 * 1024;

    private JsonToCsv() {}

    /** Takes the rows, encoded, in pieces. */
    @FunctionalInterface
    interface Target {
        void write(byte[] bytes, int length) throws SQLException;
    }

    static void convert(InputStream json, List<String> columns, Target target) throws IOException, SQLException {
        Map<String, Integer> positions = new HashMap<>();
        for (String column : columns) {
            positions.put(column.toLowerCase(Locale.ROOT), positions.size());
        }
        StringBuilder csv = new StringBuilder(FLUSH_CHARS);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token != JsonToken.START_OBJECT) {
                    throw new IOException(
                            String.format(Locale.ROOT, "staged object: %s (expected: JSON objects)", token));
                }
                appendRow(csv, readRow(parser, positions));
                if (csv.length() >= FLUSH_CHARS) {
                    flush(csv, target);
                }
            }
        } catch (JacksonException e) {
            throw new IOException("staged object: not valid JSON", e);
        }
        flush(csv, target);
    }

    private static @Nullable String[] readRow(JsonParser parser, Map<String, Integer> positions) {
        @Nullable String[] row = new String[positions.size()];
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            Integer position = positions.get(parser.currentName().toLowerCase(Locale.ROOT));
            JsonToken value = parser.nextToken();
            if (position == null) {
                parser.skipChildren();
            } else if (value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY) {
                row[position] = nestedText(parser);
            } else if (value != JsonToken.VALUE_NULL) {
                row[position] = parser.getString();
            }
        }
        return row;
    }

    private static String nestedText(JsonParser parser) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            generator.copyCurrentStructure(parser);
        }
        return text.toString();
    }

    private static void appendRow(StringBuilder csv, @Nullable String[] row) {
        for (int i = 0; i < row.length; i++) {
            if (i > 0) {
                csv.append(',');
            }
            String value = row[i];
            if (value == null) {
                csv.append("\\N");
            } else {
                csv.append('"').append(value.replace("\"", "\"\"")).append('"');
            }
        }
        csv.append('\n');
    }

    private static void flush(StringBuilder csv, Target target) throws SQLException {
        byte[] bytes = csv.toString().getBytes(StandardCharsets.UTF_8);
        target.write(bytes, bytes.length);
        csv.setLength(0);
    }
}
