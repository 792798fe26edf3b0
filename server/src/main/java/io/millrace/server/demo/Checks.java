package io.millrace.server.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The comparisons of a demo run and how they went. */
final class Checks {
    private final PrintStream out;
    private final List<String> failed = new ArrayList<>();
    private int passed;

    Checks(PrintStream out) {
        this.out = out;
    }

    void that(String what, Object found, Object expected) {
        boolean agrees = found.equals(expected);
        out.println(String.format(
                Locale.ROOT,
                "  %s %s: %s%s",
                agrees ? "agrees  " : "DIFFERS ",
                what,
                found,
                agrees ? "" : " (expected: " + expected + ")"));
        if (agrees) {
            passed++;
        } else {
            failed.add(what);
        }
    }

    boolean allAgree() {
        return failed.isEmpty();
    }

    String summary() {
        return failed.isEmpty()
                ? String.format(Locale.ROOT, "all %d comparisons agree with the data file", passed)
                : String.format(
                        Locale.ROOT,
                        "%d of %d comparisons differ: %s",
                        failed.size(),
                        failed.size() + passed,
                        String.join(", ", failed));
    }
}
