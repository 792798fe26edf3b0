package io.millrace.protocol.auth;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses a list of signed headers that names one twice, or very many. Each name stands for a whole header in what is
 * hashed, and a request that nobody has authenticated yet should not cost more than its own length. Stateless.
 */
final class SignedHeaders {
    /** The SDKs sign about ten, and a proxy may add some. */
    static final int MOST = 100;

    private static final String AUTHORITY = ":authority";

    private SignedHeaders() {}

    /**
     * Returns the list.
     *
     * @param names with semicolons between them
     * @throws UnauthenticatedException if it names a header twice, in whatever case, or more than {@value #MOST}
     */
    static String checked(String names) throws UnauthenticatedException {
        int count = 1;
        int before = -1;
        boolean ascending = !names.startsWith(AUTHORITY);
        for (int at = 0; at >= 0 && count <= MOST; count++) {
            ascending &= before < 0 || isBefore(names, before, at);
            before = at;
            int semicolon = names.indexOf(';', at);
            at = semicolon < 0 ? -1 : semicolon + 1;
        }
        if (!ascending || count > MOST) { // clients sort the names, so this is never needed for them
            refuseTwice(names);
        }
        return names;
    }

    /**
     * Tells whether a name comes before the next, which is the case in lists that are sorted and without duplicates.
     */
    private static boolean isBefore(String names, int first, int second) {
        for (int i = 0; second + i < names.length(); i++) {
            char one = lowerCase(names.charAt(first + i));
            char other = lowerCase(names.charAt(second + i));
            if (one == ';' || other == ';' || one != other) {
                return one == ';' ? other != ';' : other != ';' && one < other;
            }
        }
        return false;
    }

    private static char lowerCase(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
    }

    private static void refuseTwice(String names) throws UnauthenticatedException {
        Set<String> seen = new HashSet<>();
        for (int at = 0; at < names.length(); ) {
            int semicolon = names.indexOf(';', at);
            int end = semicolon < 0 ? names.length() : semicolon;
            String name = names.substring(at, end).toLowerCase(Locale.ROOT);
            if (!seen.add(name.equals(AUTHORITY) ? "host" : name)) { // both stand for the same header
                throw UnauthenticatedException.incomplete(
                        String.format(Locale.ROOT, "'SignedHeaders' names '%s' more than once.", name));
            }
            if (seen.size() > MOST) {
                throw UnauthenticatedException.incomplete(
                        String.format(Locale.ROOT, "'SignedHeaders' names more than %d headers.", MOST));
            }
            at = end + 1;
        }
    }
}
