package io.millrace.ingest.log;

import java.time.Duration;
import java.util.Locale;

/** When an append is acknowledged, and what a power loss can take. A killed process loses nothing in any mode. */
public sealed interface Durability {

    /** After the bytes are on stable storage; appends under way at the same time share one sync. */
    record Fsync() implements Durability {
        @Override
        public String toString() {
            return "fsync";
        }
    }

    /** After the write; a power loss can take the last {@code every}. */
    record Interval(Duration every) implements Durability {
        public Interval {
            if (every.isNegative() || every.isZero()) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "durability interval: %s (expected: above zero)", every));
            }
        }

        @Override
        public String toString() {
            return "interval=" + every.toMillis();
        }
    }

    /** After the write; when the operating system writes to the disk is its own affair. */
    record OperatingSystem() implements Durability {
        @Override
        public String toString() {
            return "os";
        }
    }

    /** Parses {@code fsync}, {@code interval=MS} or {@code os}. */
    static Durability parse(String text) {
        if (text.equals("fsync")) {
            return new Fsync();
        }
        if (text.equals("os")) {
            return new OperatingSystem();
        }
        if (text.matches("interval=[0-9]{1,9}")) {
            return new Interval(Duration.ofMillis(Long.parseLong(text.substring("interval=".length()))));
        }
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "durability: %s (expected: fsync, interval=MILLISECONDS or os)", text));
    }
}
