package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name of what went wrong, out of an answer in either format: its {@code __type}, or a record's ErrorCode. */
final class ErrorName {
    private static final byte[] TYPE = "__type".getBytes(US_ASCII);
    private static final byte[] CODE = "ErrorCode".getBytes(US_ASCII);
    /** Not greedy, since in CBOR letters may follow at once. */
    private static final Pattern NAME =
            Pattern.compile("[A-Z][A-Za-z]*?(Exception|Failure(?!Exception)|Error|Unavailable|Required)");

    private static final int LONGEST = 120;

    private ErrorName() {}

    /** Tells whether an answer speaks of a record that was refused. */
    static boolean isIn(byte[] bytes, int from, int to) {
        return ByteSearch.indexOf(bytes, from, to, CODE) >= 0;
    }

    static String of(int status, byte[] bytes, int from, int to) {
        for (byte[] field : new byte[][] {TYPE, CODE}) {
            int at = ByteSearch.indexOf(bytes, from, to, field);
            if (at >= 0) {
                int begin = at + field.length;
                Matcher name = NAME.matcher(new String(bytes, begin, Math.min(to - begin, LONGEST), US_ASCII));
                if (name.find()) {
                    return status == 200 ? "record: " + name.group() : status + " " + name.group();
                }
            }
        }
        return "status " + status;
    }
}
