package io.millrace.server.bench;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Numbers as a report shows them; what is not known is a dash. */
final class Shown {
    private static final double SMALL = 10;

    private Shown() {}

    /** A count or a rate: {@code 12,345}, or {@code 3.4} when it is small. */
    static String count(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, value < SMALL ? "%.1f" : "%,.0f", value);
    }

    /** MiB a second and other sizes: one digit. */
    static String size(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    /** Milliseconds: two digits below 100. */
    static String millis(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }

    static String cores(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.2f", value);
    }

    /** How many times the other a value is: {@code 1.25x}. */
    static String ratio(@Nullable Double value, @Nullable Double other) {
        return value == null || other == null || other == 0 ? "-" : String.format(Locale.ROOT, "%.2fx", value / other);
    }

    static String errors(Map<String, Long> errors) {
        return errors.isEmpty()
                ? "none"
                : errors.entrySet().stream()
                        .map(error -> error.getValue() + " " + error.getKey())
                        .collect(Collectors.joining(", "));
    }
}
