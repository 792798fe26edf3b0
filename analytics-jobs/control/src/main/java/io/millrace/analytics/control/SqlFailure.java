package io.millrace.analytics.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a stack trace of the SQL gateway says to the author of a statement: the causes that the gateway wraps around the
 * mistake are left out, and what Flink lists below a sentence (missing options, formats, schemas) is kept.
 */
final class SqlFailure {
    private static final Pattern CAUSE =
            Pattern.compile("^Caused by: (?:[\\w.$]+\\.)?([\\w$]+): (.*)$", Pattern.MULTILINE);
    private static final Pattern FRAME = Pattern.compile("^(\\tat |\\t\\.\\.\\. |End of exception on server side)");
    private static final Pattern TABLE = Pattern.compile(
            "Unable to create a (?:source|sink) for (?:reading|writing) table '(?:[^']*\\.)?([^'.]+)'\\.(?s:.*)");
    private static final Pattern FACTORY = Pattern.compile(
            "Could not find any factory for identifier '([^']*)' that implements '[\\w.]*?(\\w+)' in the classpath\\."
                    + "(?s:.*)Available factory identifiers are:(?s:(.*))");
    private static final Pattern MISSING =
            Pattern.compile("One or more required options are missing\\.(?s:.*)Missing required options are:(?s:(.*))");
    private static final Pattern UNSUPPORTED =
            Pattern.compile("Unsupported options found for '([^']*)'\\.(?s:.*?)Unsupported options:(?s:(.*?))Supported"
                    + " options:(?s:(.*))");
    private static final Pattern EXPECTING = Pattern.compile("(?s)Was expecting one of:\\s*(.*)");
    private static final Set<String> WRAPPERS = Set.of(
            "SqlGatewayException",
            "SqlExecutionException",
            "ExecutionException",
            "ProgramInvocationException",
            "JobExecutionException");
    private static final int SHOWN_WORDS = 16;

    private SqlFailure() {}

    /** Returns the message for the author: sentences joined by colons, lists and schemas on lines of their own. */
    static String messageOf(String trace) {
        StringBuilder told = new StringBuilder();
        for (String cause : causesOf(trace)) {
            String text = plain(cause);
            if (told.indexOf(text) < 0) {
                told.append(told.length() == 0 ? "" : told.charAt(told.length() - 1) == '.' ? " " : ": ")
                        .append(text);
            }
        }
        return told.length() == 0 ? trace.strip() : told.toString();
    }

    /** Returns the text of each cause, without frames; the gateway's own wrappers are left out. */
    private static List<String> causesOf(String trace) {
        List<String> causes = new ArrayList<>();
        Matcher matcher = CAUSE.matcher(trace);
        while (matcher.find()) {
            String type = matcher.group(1);
            String text = matcher.group(2) + linesBelow(trace, matcher.end());
            if (!isWrapper(type, text) && !isInternal(type, text, causes)) {
                causes.add(text);
            }
        }
        return causes;
    }

    private static boolean isWrapper(String type, String text) {
        return WRAPPERS.contains(type) || text.startsWith("Failed to ") || text.startsWith("Recovery is suppressed");
    }

    /** How a parser inside has failed adds nothing to the cause that names the option and its value. */
    private static boolean isInternal(String type, String text, List<String> before) {
        return text.startsWith("No enum constant")
                || (type.equals("NumberFormatException")
                        && before.stream().anyMatch(cause -> cause.startsWith("Could not parse value")));
    }

    private static String linesBelow(String trace, int from) {
        StringBuilder below = new StringBuilder();
        for (String line : trace.substring(from).split("\n", -1)) {
            if (FRAME.matcher(line).find() || line.startsWith("Caused by: ")) {
                break;
            }
            below.append(line).append('\n');
        }
        return below.toString();
    }

    private static String plain(String cause) {
        Matcher table = TABLE.matcher(cause);
        if (table.matches()) {
            return "table '" + table.group(1) + "'";
        }
        Matcher missing = MISSING.matcher(cause);
        if (missing.matches()) {
            return "missing options: " + listed(missing.group(1));
        }
        Matcher unsupported = UNSUPPORTED.matcher(cause);
        if (unsupported.matches()) {
            return unknownOptions(unsupported);
        }
        Matcher factory = FACTORY.matcher(cause);
        if (factory.matches()) {
            return notInstalled(factory);
        }
        if (cause.startsWith("Cannot discover a connector using option")) {
            return ""; // the next cause lists the connectors
        }
        return lines(withWordsOnOneLine(cause));
    }

    private static String unknownOptions(Matcher unsupported) {
        List<String> supported = names(unsupported.group(3));
        return names(unsupported.group(2)).stream()
                .map(option -> "unknown option '" + option + "' of '" + unsupported.group(1) + "'"
                        + didYouMean(option, supported))
                .collect(Collectors.joining("; "));
    }

    private static String notInstalled(Matcher factory) {
        String type = factory.group(2);
        String kind = type.contains("Format") ? "format" : type.contains("Table") ? "connector" : "implementation";
        List<String> available = names(factory.group(3));
        String nearest = NearestName.to(factory.group(1), available)
                .map(name -> "did you mean '" + name + "'? ")
                .orElse("");
        return kind + " '" + factory.group(1) + "' is not available (" + nearest + "available: "
                + String.join(", ", available) + ")";
    }

    private static String didYouMean(String written, List<String> names) {
        Optional<String> nearest = NearestName.to(written, names);
        return nearest.map(name -> " (did you mean '" + name + "'?)")
                .orElseGet(() -> " (expected: one of " + String.join(", ", names) + ")");
    }

    /** The parser lists each word that could stand there on a line of its own. */
    private static String withWordsOnOneLine(String cause) {
        Matcher expecting = EXPECTING.matcher(cause);
        if (!expecting.find()) {
            return cause;
        }
        List<String> words = Arrays.stream(expecting.group(1).split("\n", -1))
                .map(word -> word.replace("...", "").strip())
                .filter(word -> !word.isEmpty())
                .toList();
        String shown = words.stream().limit(SHOWN_WORDS).collect(Collectors.joining(" "));
        int more = words.size() - SHOWN_WORDS;
        return cause.substring(0, expecting.start()) + "Expected one of: " + shown
                + (more > 0 ? " and " + more + " more" : "");
    }

    private static String lines(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n  "))
                .replace("SQL validation failed. SQL validation failed.", "SQL validation failed.")
                .replace("`default_catalog`.`default_database`.", "")
                .replace("default_catalog.default_database.", "");
    }

    private static String listed(String text) {
        return String.join(", ", names(text));
    }

    private static List<String> names(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
