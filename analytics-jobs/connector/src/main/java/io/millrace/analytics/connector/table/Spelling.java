package io.millrace.analytics.connector.table;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the option that somebody meant who wrote another name. */
final class Spelling {
    private Spelling() {}

    /** Returns the name with the fewest changed characters, if at most a third of them is changed. */
    static Optional<String> nearest(String written, Collection<String> names) {
        return names.stream()
                .filter(name -> changes(written, name) <= Math.max(1, written.length() / 3))
                .min(Comparator.comparingInt((String name) -> changes(written, name))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Insertions, removals and replacements of characters that make one of the other. */
    private static int changes(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
