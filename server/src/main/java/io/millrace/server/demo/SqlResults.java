package io.millrace.server.demo;

import java.io.PrintStream;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Reads what the SQL applications have written as the rows that {@link Expected} speaks of, and shows some. */
final class SqlResults {
    private static final int SHOWN = 8;

    private SqlResults() {}

    static Map<String, Expected.Delay> delays(List<JsonNode> rows) {
        Map<String, Expected.Delay> delays = new TreeMap<>();
        for (JsonNode row : rows) {
            delays.put(
                    Expected.key(time(row, "week"), row.path("origin").asString()),
                    new Expected.Delay(
                            row.path("flights").asLong(),
                            row.path("average_delay").asDouble(),
                            row.path("worst_delay").asInt()));
        }
        return delays;
    }

    static Map<String, String> routes(List<JsonNode> rows) {
        Map<String, String> routes = new TreeMap<>();
        for (JsonNode row : rows) {
            routes.put(
                    Expected.key(time(row, "day"), row.path("place").asString("")),
                    String.format(
                            Locale.ROOT,
                            "%s %s %d",
                            row.path("origin").asString(),
                            row.path("destination").asString(),
                            row.path("flights").asLong()));
        }
        return routes;
    }

    /** Flink's JSON writes a TIMESTAMP as {@code 2001-01-04 00:00:00}. */
    private static long time(JsonNode row, String column) {
        String text = row.path(column).asString().replace(' ', 'T');
        Instant instant = LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        return instant.toEpochMilli();
    }

    /** Prints the weeks with the worst average among the airports with at least twenty flights. */
    static void show(List<JsonNode> rows, PrintStream out) {
        out.println("  week        origin  airport                                   flights  average delay");
        rows.stream()
                .filter(row -> row.path("flights").asLong() >= 20)
                .sorted(Comparator.comparingDouble(
                                (JsonNode row) -> row.path("average_delay").asDouble())
                        .reversed())
                .limit(SHOWN)
                .forEach(row -> out.println(String.format(
                        Locale.ROOT,
                        "  %-10s  %-6s  %-40s  %7d  %9.1f min",
                        row.path("week").asString().substring(0, 10),
                        row.path("origin").asString(),
                        row.path("airport").asString(),
                        row.path("flights").asLong(),
                        row.path("average_delay").asDouble())));
    }
}
