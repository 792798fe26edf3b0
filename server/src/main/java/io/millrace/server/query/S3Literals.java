package io.millrace.server.query;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces the {@code 's3://...'} literals of a query by what reads local files.
 *
 * <p>A literal is replaced where a table stands (after FROM or JOIN, or in a list of tables) and as an argument of
 * {@code read_...} and {@code parquet_...} functions, alone or in a list. Anywhere else, and in comments and quoted
 * names, it is a string as any other. Confined to one thread; used once.
 */
final class S3Literals {
    private static final Pattern TOKEN = Pattern.compile(
            "'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\\n]*|/\\*.*?\\*/|\\$\\$.*?\\$\\$|\\w+|\\S", Pattern.DOTALL);
    private static final Pattern READER = Pattern.compile("(?:READ|PARQUET)_\\w+");
    private static final Set<String> CLAUSES = Set.of(
            "SELECT",
            "WHERE",
            "GROUP",
            "ORDER",
            "HAVING",
            "LIMIT",
            "UNION",
            "EXCEPT",
            "INTERSECT",
            "QUALIFY",
            "WINDOW",
            "ON",
            "USING");

    /** What stands for a literal. */
    interface Replacement {
        /** Returns a table expression. */
        String table(S3Glob glob) throws IOException;

        /** Returns file names as SQL strings, separated by commas. */
        String files(S3Glob glob) throws IOException;
    }

    /** What a bracket is part of. */
    private enum Place {
        OTHER,
        TABLES,
        READER,
        READER_LIST
    }

    private final String sql;
    private final Replacement replacement;
    private final StringBuilder rewritten = new StringBuilder();
    private final Deque<Place> places = new ArrayDeque<>();
    private String last = "";
    private String beforeLast = "";

    private S3Literals(String sql, Replacement replacement) {
        this.sql = sql;
        this.replacement = replacement;
        places.push(Place.OTHER);
    }

    static String replace(String sql, Replacement replacement) throws IOException {
        return new S3Literals(sql, replacement).rewrite();
    }

    private String rewrite() throws IOException {
        int copied = 0;
        Matcher tokens = TOKEN.matcher(sql);
        while (tokens.find()) {
            String token = tokens.group();
            if (token.startsWith("--") || token.startsWith("/*")) {
                continue;
            }
            if (isS3Literal(token)) {
                rewritten.append(sql, copied, tokens.start()).append(replaced(token));
                copied = tokens.end();
            }
            follow(token.toUpperCase(Locale.ROOT));
        }
        return rewritten.append(sql, copied, sql.length()).toString();
    }

    private static boolean isS3Literal(String token) {
        return token.length() > 2 && token.startsWith(S3Glob.SCHEME, 1) && token.endsWith("'");
    }

    private String replaced(String literal) throws IOException {
        String text = literal.substring(1, literal.length() - 1).replace("''", "'");
        return switch (places.element()) {
            case READER -> last.equals("(") ? "[" + replacement.files(S3Glob.parse(text)) + "]" : literal;
            case READER_LIST -> replacement.files(S3Glob.parse(text));
            case TABLES -> isTable() ? replacement.table(S3Glob.parse(text)) : literal;
            case OTHER -> literal;
        };
    }

    private boolean isTable() {
        return last.equals("FROM") || last.equals("JOIN") || last.equals(",");
    }

    private void follow(String token) {
        switch (token) {
            case "(" -> places.push(READER.matcher(last).matches() ? Place.READER : Place.OTHER);
            case "[" -> places.push(places.element() == Place.READER ? Place.READER_LIST : Place.OTHER);
            case ")", "]" -> {
                if (places.size() > 1) {
                    places.pop();
                }
            }
            case "FROM", "JOIN" -> {
                if (!last.equals("DISTINCT") || !isComparison()) {
                    enter(Place.TABLES);
                }
            }
            default -> {
                if (CLAUSES.contains(token)) {
                    enter(Place.OTHER);
                }
            }
        }
        beforeLast = last;
        last = token;
    }

    /** Tells of {@code DISTINCT FROM} whether it compares: {@code IS [NOT] DISTINCT FROM}. */
    private boolean isComparison() {
        return beforeLast.equals("IS") || beforeLast.equals("NOT");
    }

    private void enter(Place place) {
        if (places.element() == Place.OTHER || places.element() == Place.TABLES) {
            places.pop();
            places.push(place);
        }
    }
}
