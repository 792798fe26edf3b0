package io.millrace.firehose.ledger;

import java.util.Collection;
import java.util.regex.Pattern;

/** Names of versions: twenty digits, so that the order of names is that of numbers. */
final class VersionNames {
    private static final Pattern NAME = Pattern.compile("[0-9]{20}");
    private static final int DIGITS = 20;

    private VersionNames() {}

    static String of(long version) {
        String digits = Long.toString(version);
        return "0".repeat(DIGITS - digits.length()) + digits;
    }

    /** Adds the number of a name; names of other kinds are passed over, such as those of puts that are under way. */
    static void addIfOne(String name, Collection<Long> versions) {
        if (NAME.matcher(name).matches()) {
            versions.add(Long.parseLong(name));
        }
    }
}
