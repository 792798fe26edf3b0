package io.millrace.analytics.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A script of SQL statements, each ended by a semicolon, as Flink's SQL client reads it: comments and quotes may hold
 * semicolons, and a statement set from BEGIN to END is one statement.
 */
public final class SqlScript {
    private static final Pattern JOB =
            Pattern.compile("\\s*(INSERT|EXECUTE\\s+STATEMENT\\s+SET)\\s", Pattern.CASE_INSENSITIVE);

    private SqlScript() {}

    /**
     * One statement.
     *
     * @param line where it begins in the script, from 1
     */
    public record Statement(String text, int line) {

        /** Tells whether the statement starts a job that goes on by itself. */
        public boolean startsJob() {
            return JOB.matcher(text).lookingAt();
        }
    }

    public static List<Statement> parse(String script) {
        return new Parser(script).parse();
    }

    /** Walks over the characters once. */
    private static final class Parser {
        private final String script;
        private final List<Statement> statements = new ArrayList<>();
        private final StringBuilder current = new StringBuilder();
        private int position;
        private int line = 1;
        private int startLine;

        Parser(String script) {
            this.script = script;
        }

        List<Statement> parse() {
            while (position < script.length()) {
                char c = script.charAt(position);
                if (script.startsWith("--", position)) {
                    skipTo("\n", false);
                } else if (script.startsWith("/*", position) && !script.startsWith("/*+", position)) {
                    skipTo("*/", true);
                    separate();
                } else if (c == '\'' || c == '"' || c == '`') {
                    takeQuoted(c);
                } else if (c == ';' && !insideStatementSet()) {
                    position++;
                    end();
                } else {
                    take();
                }
            }
            end();
            return statements;
        }

        private void take() {
            char c = script.charAt(position++);
            if (current.length() == 0) {
                if (Character.isWhitespace(c)) {
                    line += c == '\n' ? 1 : 0;
                    return;
                }
                startLine = line;
            }
            line += c == '\n' ? 1 : 0;
            current.append(c);
        }

        private void takeQuoted(char quote) {
            take();
            while (position < script.length() && script.charAt(position) != quote) {
                take();
            }
            if (position < script.length()) {
                take();
            }
        }

        /** Leaves a comment out but for its line breaks, so that Flink's line numbers stay right. */
        private void skipTo(String end, boolean endIsPart) {
            int found = script.indexOf(end, position);
            int stop = found < 0 ? script.length() : found + (endIsPart ? end.length() : 0);
            while (position < stop) {
                if (script.charAt(position++) == '\n') {
                    line++;
                    if (current.length() > 0) {
                        current.append('\n');
                    }
                }
            }
        }

        /** A comment is white space: what stands on both sides of it must not become one word. */
        private void separate() {
            if (current.length() > 0) {
                current.append(' ');
            }
        }

        /** The END of a set stands behind a semicolon; that of a CASE does not. */
        private boolean insideStatementSet() {
            String upper = current.toString().toUpperCase(Locale.ROOT).replaceAll("\\s+", " ");
            return upper.matches("(EXECUTE|EXPLAIN) STATEMENT SET BEGIN\\b.*")
                    && !upper.replace(" ", "").endsWith(";END");
        }

        private void end() {
            String text = current.toString().strip();
            if (!text.isEmpty()) {
                statements.add(new Statement(text, startLine));
            }
            current.setLength(0);
        }
    }
}
