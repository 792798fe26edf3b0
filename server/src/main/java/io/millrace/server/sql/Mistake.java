package io.millrace.server.sql;

import io.millrace.analytics.control.SqlScript;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where in a script the mistake is for which a statement was refused. Flink tells what is wrong with a table only when
 * a later statement uses it, so the line is looked for in the definition of the table.
 *
 * @param script all statements of the script
 * @param refused the one that Flink refused
 */
record Mistake(List<SqlScript.Statement> script, SqlScript.Statement refused) {
    private static final Pattern POSITION = Pattern.compile("line (\\d+), column (\\d+)");
    private static final Pattern TABLE = Pattern.compile("^table '([^']+)': ");
    private static final Pattern OPTION = Pattern.compile("'?([\\w-]+(?:\\.[\\w-]+)*)'?");
    private static final Pattern CREATE = Pattern.compile(
            "\\s*CREATE\\s+(?:TEMPORARY\\s+)?TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(\\S[^\\s(]*)",
            Pattern.CASE_INSENSITIVE);

    /**
     * Returns the line in the script and the message, whose own lines are counted from the beginning of the script too.
     */
    String located(@Nullable String told) {
        String message = String.valueOf(told);
        Matcher position = POSITION.matcher(message);
        int line = position.find() ? lineOf(position.toMatchResult()) : lineWithout(message);
        String inScript = position.replaceAll(at -> "line " + lineOf(at) + ", column " + at.group(2));
        return line + ": " + inScript;
    }

    /** Flink counts lines from the beginning of the statement. */
    private int lineOf(MatchResult position) {
        return refused.line() + Integer.parseInt(position.group(1)) - 1;
    }

    private int lineWithout(String message) {
        Matcher table = TABLE.matcher(message);
        if (!table.find()) {
            return refused.line();
        }
        return definitionOf(table.group(1))
                .map(definition -> lineIn(definition, message.substring(table.end())))
                .orElse(refused.line());
    }

    private Optional<SqlScript.Statement> definitionOf(String table) {
        return script.stream()
                .filter(statement -> statement.line() <= refused.line())
                .filter(statement -> {
                    Matcher create = CREATE.matcher(statement.text());
                    return create.lookingAt() && lastNameOf(create.group(1)).equals(table);
                })
                .reduce((earlier, later) -> later);
    }

    private static String lastNameOf(String path) {
        return path.substring(path.lastIndexOf('.') + 1).replace("`", "");
    }

    /** The line of the first option of the definition that the message names, else where the definition begins. */
    private static int lineIn(SqlScript.Statement definition, String message) {
        Matcher named = OPTION.matcher(message);
        while (named.find()) {
            int at = definition.text().indexOf("'" + named.group(1) + "'");
            if (at >= 0) {
                return definition.line()
                        + (int) definition
                                .text()
                                .substring(0, at)
                                .chars()
                                .filter(c -> c == '\n')
                                .count();
            }
        }
        return definition.line();
    }
}
