package io.millrace.server.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory as options give it: a number and {@code m} for mebibytes or {@code g} for gibibytes.
 *
 * @param mebibytes above zero
 */
public record MemorySize(int mebibytes) {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5})([mMgG])");
    private static final int MEBIBYTES_PER_GIBIBYTE = 1024;

    /** @throws IllegalArgumentException if the text is no amount of memory, saying what is expected */
    public static MemorySize parse(String text) {
        Matcher size = FORM.matcher(text);
        if (!size.matches()) {
            throw new IllegalArgumentException(text + " (expected: a number and m or g, such as 512m or 2g)");
        }
        int number = Integer.parseInt(size.group(1));
        boolean isGibibytes = size.group(2).equalsIgnoreCase("g");
        return new MemorySize(isGibibytes ? number * MEBIBYTES_PER_GIBIBYTE : number);
    }

    /** Returns the form that {@link #parse} and the JVM's {@code -Xmx} take. */
    @Override
    public String toString() {
        return mebibytes + "m";
    }
}
