package io.millrace.server.storage;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an object's file, made from its key.
 *
 * <p>S3 keys are flat: {@code a/b} and {@code a/b/c} are two objects, {@code a//b} and {@code .} are names like any
 * other. A file system has directories, so a key becomes a path as follows:
 *
 * <pre>
 *  in the key                       in the path
 *  a/b/c.json                       a+/b+/c.json     a directory ends in +, so it never collides with a file
 *  a/                               a+/%             a file without a name is %
 *  Orders                           ^orders          upper case is marked, for file systems that ignore case
 *  bytes that are not plain ASCII   %c3%a4           also + % ^ ~ and control characters
 *  a part above 200 characters      200 of them, then ~/ and the rest
 * </pre>
 *
 * <p>Two keys never share a path, also where the file system ignores case or normalizes Unicode. No path ends in a dash
 * and a UUID: S3Proxy gives such names to files that are being written.
 */
final class StoredKey {
    /** The longest part of a path. The name of a file being written adds up to 48 characters to it. */
    private static final int PART = 200;

    private static final String PLAIN = "-_.=!(),@&' ";
    private static final String NAMELESS = "%";
    private static final char DIRECTORY = '+';
    private static final char CONTINUED = '~';
    private static final Pattern BEING_WRITTEN =
            Pattern.compile("(.+)-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})");

    private StoredKey() {}

    /** Returns the path of a key's file below the directory of the objects, with {@code /} between its parts. */
    static String path(String key) {
        StringBuilder path = new StringBuilder(key.length() + 16);
        int from = key.lastIndexOf('/') + 1;
        path.append(directory(key.substring(0, from)));
        if (from == key.length()) {
            return path.append(NAMELESS).toString();
        }
        String name = escape(key, from, key.length(), path);
        return path.append(fileName(name)).toString();
    }

    /**
     * Returns the path of the directory that holds the keys below {@code prefix}, which is empty or ends in a slash.
     */
    static String directory(String prefix) {
        StringBuilder path = new StringBuilder(prefix.length() + 16);
        for (int from = 0; from < prefix.length(); ) {
            int slash = prefix.indexOf('/', from);
            path.append(escape(prefix, from, slash, path)).append(DIRECTORY).append('/');
            from = slash + 1;
        }
        return path.toString();
    }

    /** Returns the last part of what is between two positions of a key, and appends the parts before it to the path. */
    private static String escape(String key, int from, int to, StringBuilder path) {
        StringBuilder part = new StringBuilder();
        for (int at = from; at < to; ) {
            int point = key.codePointAt(at);
            String escaped = escape(point);
            if (part.length() + escaped.length() > PART) {
                path.append(part).append(CONTINUED).append('/');
                part.setLength(0);
            }
            part.append(escaped);
            at += Character.charCount(point);
        }
        return part.toString();
    }

    private static String escape(int point) {
        if (point >= 'A' && point <= 'Z') {
            return "^" + Character.toString(point).toLowerCase(Locale.ROOT);
        }
        if ((point >= 'a' && point <= 'z') || (point >= '0' && point <= '9') || PLAIN.indexOf(point) >= 0) {
            return Character.toString(point);
        }
        StringBuilder escaped = new StringBuilder();
        for (byte octet : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
            escaped.append(String.format(Locale.ROOT, "%%%02x", octet));
        }
        return escaped.toString();
    }

    private static String fileName(String name) {
        if (name.equals(".") || name.equals("..")) {
            return "%2e" + name.substring(1);
        }
        var match = BEING_WRITTEN.matcher(name);
        return match.matches() ? match.group(1) + "%2d" + match.group(2) : name;
    }

    /** Tells whether a name of a directory entry is that of a directory of keys. */
    static boolean isDirectory(String name) {
        return name.endsWith(String.valueOf(DIRECTORY)) || name.endsWith(String.valueOf(CONTINUED));
    }

    /** Tells whether a name of a directory entry is that of a file being written. */
    static boolean isBeingWritten(String name) {
        return BEING_WRITTEN.matcher(name).matches();
    }

    /** Returns what a directory entry adds to the keys below it or to its own; null if no key has such a name. */
    static @Nullable String decode(String name) {
        if (name.equals(NAMELESS)) {
            return "";
        }
        boolean directory = isDirectory(name);
        String decoded = unescape(directory ? name.substring(0, name.length() - 1) : name);
        return decoded != null && name.charAt(name.length() - 1) == DIRECTORY ? decoded + "/" : decoded;
    }

    private static @Nullable String unescape(String name) {
        ByteBuffer bytes = ByteBuffer.allocate(name.length());
        for (int at = 0; at < name.length(); at++) {
            char c = name.charAt(at);
            if (c == '^' && at + 1 < name.length()) {
                bytes.put((byte) Character.toUpperCase(name.charAt(++at)));
            } else if (c == '%' && at + 2 < name.length() && isHex(name, at + 1) && isHex(name, at + 2)) {
                bytes.put((byte) Integer.parseInt(name, at + 1, at + 3, 16));
                at += 2;
            } else if (c < 0x80 && c != '%') {
                bytes.put((byte) c);
            } else {
                return null;
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean isHex(String text, int at) {
        return Character.digit(text.charAt(at), 16) >= 0;
    }
}
