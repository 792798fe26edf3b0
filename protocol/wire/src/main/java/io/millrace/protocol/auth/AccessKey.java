package io.millrace.protocol.auth;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An access key: the name under which a sender signs, and the secret that it signs with.
 *
 * @param id 1 to 128 letters, digits and underscores
 * @param secret 1 to 128 characters, neither spaces nor controls among them
 * @param account twelve digits; what its holder makes is in this account
 * @param name for people; may be empty
 */
public record AccessKey(String id, String secret, String account, String name) {
    private static final Pattern ID = Pattern.compile("\\w{1,128}");
    private static final Pattern SECRET = Pattern.compile("[!-~]{1,128}");
    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern NAME = Pattern.compile("[ -~]{0,64}");

    private static final String ID_PREFIX = "AKIA";
    private static final String ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int ID_RANDOM_CHARACTERS = 16;
    private static final int SECRET_BYTES = 30;

    /** @throws IllegalArgumentException naming what is wrong, without the secret */
    public AccessKey {
        check(ID, id, "access key id: %s (expected: 1 to 128 letters, digits and underscores)");
        check(ACCOUNT, account, "account: %s (expected: 12 digits)");
        check(NAME, name, "name: %s (expected: at most 64 printable ASCII characters)");
        if (!SECRET.matcher(secret).matches()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "secret access key: %d characters (expected: 1 to 128 ASCII characters without spaces)",
                    secret.length()));
        }
    }

    private static void check(Pattern pattern, String value, String message) {
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, message, value));
        }
    }

    /** Returns a new key, in the form of those that AWS gives out: 20 characters and a secret of 40. */
    public static AccessKey generate(SecureRandom random, String account, String name) {
        StringBuilder id = new StringBuilder(ID_PREFIX);
        for (int i = 0; i < ID_RANDOM_CHARACTERS; i++) {
            id.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return new AccessKey(id.toString(), Base64.getEncoder().encodeToString(secret), account, name);
    }

    /** Returns everything but the secret. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "AccessKey[id=%s, account=%s, name=%s]", id, account, name);
    }
}
