package io.millrace.server.query;

import java.io.IOException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * {@code s3://bucket/pattern}: which objects a query reads.
 *
 * <p>{@code *} is any run of characters but the slash, {@code **} any run at all, {@code ?} one character but the
 * slash; a folder of two stars may also be no folder. A pattern that ends in a slash is everything below.
 *
 * @param text as it was written
 * @param bucket the bucket's name
 * @param prefix what all keys that match begin with
 * @param keys matches the whole key
 */
record S3Glob(String text, String bucket, String prefix, Pattern keys) {
    static final String SCHEME = "s3://";

    /** Reads a pattern that begins with {@link #SCHEME}. */
    static S3Glob parse(String text) throws IOException {
        int slash = text.indexOf('/', SCHEME.length());
        if (slash <= SCHEME.length()) {
            throw new IOException(
                    String.format(Locale.ROOT, "%s: no bucket and key (expected: s3://bucket/prefix/*.parquet)", text));
        }
        String key = text.substring(slash + 1);
        String pattern = key.isEmpty() || key.endsWith("/") ? key + "**" : key;
        return new S3Glob(
                text,
                text.substring(SCHEME.length(), slash),
                pattern.substring(0, literalLength(pattern)),
                Pattern.compile(regex(pattern), Pattern.DOTALL));
    }

    boolean matches(String key) {
        return keys.matcher(key).matches();
    }

    private static int literalLength(String pattern) {
        int length = 0;
        while (length < pattern.length() && "*?".indexOf(pattern.charAt(length)) < 0) {
            length++;
        }
        return length;
    }

    private static String regex(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (pattern.startsWith("**/", i) && (i == 0 || pattern.charAt(i - 1) == '/')) {
                regex.append("(?:.*/)?");
                i += 2;
            } else if (pattern.startsWith("**", i)) {
                regex.append(".*");
                i++;
            } else if (c == '*') {
                regex.append("[^/]*");
            } else if (c == '?') {
                regex.append("[^/]");
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return regex.toString();
    }
}
