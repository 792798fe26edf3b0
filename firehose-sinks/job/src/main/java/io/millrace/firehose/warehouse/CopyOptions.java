package io.millrace.firehose.warehouse;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of Redshift's COPY command that say how staged objects are to be read.
 *
 * @param gzip whether the objects are gzip-compressed
 * @param delimiter between fields, for CSV and for delimited text
 */
public record CopyOptions(Form form, boolean gzip, char delimiter) {
    private static final Pattern DELIMITER =
            Pattern.compile("DELIMITER\\s+(?:AS\\s+)?'(\\\\t|.)'", Pattern.CASE_INSENSITIVE);
    private static final Pattern KNOWN = Pattern.compile(
            "\\s*(?:(?:FORMAT\\s+(?:AS\\s+)?)?JSON\\s+(?:AS\\s+)?'auto(?: ignorecase)?'|(?:FORMAT\\s+(?:AS\\s+)?)?CSV|GZIP"
                    + "|DELIMITER\\s+(?:AS\\s+)?'(?:\\\\t|.)')\\s*",
            Pattern.CASE_INSENSITIVE);

    /** What the staged objects hold. */
    public enum Form {
        JSON,
        CSV,
        DELIMITED
    }

    /**
     * Parses the text behind COPY's FROM clause.
     *
     * @throws IllegalArgumentException if it holds an option that is not one of JSON 'auto', CSV, DELIMITER and GZIP
     */
    public static CopyOptions parse(String text) {
        String rest = KNOWN.matcher(text).replaceAll(" ").strip();
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "CopyOptions: %s (expected: JSON 'auto', CSV, DELIMITER 'c' and GZIP)", rest));
        }
        String upper = text.toUpperCase(Locale.ROOT);
        boolean json = upper.contains("JSON");
        boolean csv = upper.contains("CSV");
        Matcher delimiter = DELIMITER.matcher(text);
        char separator = csv ? ',' : '|';
        if (delimiter.find()) {
            separator =
                    delimiter.group(1).equals("\\t") ? '\t' : delimiter.group(1).charAt(0);
        }
        return new CopyOptions(json ? Form.JSON : csv ? Form.CSV : Form.DELIMITED, upper.contains("GZIP"), separator);
    }
}
