package io.millrace.durable.documents;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Keys of documents for names that users choose. A name may be longer than a file's name can be, may hold any
 * character, and may look like two names in a row, so none of it becomes part of the key.
 */
public final class DocumentKeys {
    private DocumentKeys() {}

    /**
     * Returns the kind, a dash and the SHA-256 of the parts, each behind its length: 65 characters more than the kind
     * has. Different lists of parts have different keys.
     *
     * @param kind letters only
     */
    public static String of(String kind, String... parts) {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        for (String part : parts) {
            byte[] bytes = part.getBytes(UTF_8);
            sha256.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            sha256.update(bytes);
        }
        return kind + "-" + HexFormat.of().formatHex(sha256.digest());
    }
}
