package io.millrace.server.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

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
        out.println("  %s %s: %s%s"
                .formatted(
                        agrees ? "agrees  " : "DIFFERS ", what, found, agrees ? "" : " (expected: " + expected + ")"));
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
                ? "all %d comparisons agree with the data file".formatted(passed)
                : "%d of %d comparisons differ: %s"
                        .formatted(failed.size(), failed.size() + passed, String.join(", ", failed));
    }
}
