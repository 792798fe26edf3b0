package io.millrace.server.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What a measurement has found: printed at its end, and written as JSON. Confined to one thread. */
public final class Report {
    private static final String[] HEADS = {
        "",
        "records/s",
        "MiB/s",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms",
        "CPU client",
        "CPU server",
        "seconds"
    };

    private final String title;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> tables = new ArrayList<>();
    private final Map<String, Object> figures = new LinkedHashMap<>();

    Report(String title) {
        this.title = title;
    }

    void add(Row row) {
        rows.add(row);
    }

    /** Adds a figure that is in no row, with the sentence that shows it. */
    void add(String name, Object value, String sentence) {
        figures.put(name, value);
        notes.add(sentence);
    }

    /** Adds a table of its own, with what is in it. */
    void add(String name, Object value, TextTable table) {
        figures.put(name, value);
        tables.add("");
        tables.addAll(table.lines());
    }

    /** Compares the first row with each of the others: their throughput and their latencies. */
    void compareWithFirst() {
        Row first = rows.get(0);
        if (rows.size() == 1) {
            return;
        }
        TextTable table = new TextTable(first.side() + " against", "records/s", "MiB/s", "p50", "p99", "p99.9");
        List<Map<String, Object>> ratios = new ArrayList<>();
        for (Row other : rows.subList(1, rows.size())) {
            table.add(
                    other.side(),
                    Shown.ratio(first.recordsPerSecond(), other.recordsPerSecond()),
                    Shown.ratio(first.mebibytesPerSecond(), other.mebibytesPerSecond()),
                    Shown.ratio(first.millis().p50(), other.millis().p50()),
                    Shown.ratio(first.millis().p99(), other.millis().p99()),
                    Shown.ratio(first.millis().p999(), other.millis().p999()));
            ratios.add(Map.of(
                    "against",
                    other.side(),
                    "mebibytesPerSecond",
                    quotient(first.mebibytesPerSecond(), other.mebibytesPerSecond()),
                    "p50",
                    quotient(first.millis().p50(), other.millis().p50()),
                    "p99",
                    quotient(first.millis().p99(), other.millis().p99())));
        }
        add("ratios", ratios, table);
    }

    private static double quotient(double value, double other) {
        return other == 0 ? 0 : value / other;
    }

    public void print(PrintStream out) {
        out.println();
        out.println(title);
        if (!rows.isEmpty()) {
            TextTable table = new TextTable(HEADS);
            rows.forEach(row -> table.add(cells(row)));
            table.lines().forEach(out::println);
        }
        tables.forEach(out::println);
        if (!notes.isEmpty()) {
            out.println();
            notes.forEach(note -> out.println("  " + note));
        }
        rows.stream()
                .filter(row -> !row.errors().isEmpty())
                .forEach(row -> out.println(
                        String.format(Locale.ROOT, "  ERRORS of %s: %s", row.side(), Shown.errors(row.errors()))));
        out.flush();
    }

    private static String[] cells(Row row) {
        Row.Percentiles millis = row.millis();
        return new String[] {
            row.side(),
            Shown.count(row.recordsPerSecond()),
            Shown.size(row.mebibytesPerSecond()),
            Shown.count(row.requestsPerSecond()),
            Shown.millis(millis.p50()),
            Shown.millis(millis.p99()),
            Shown.millis(millis.p999()),
            Shown.millis(millis.max()),
            Shown.cores(row.clientCores()),
            Shown.cores(row.serverCores()),
            Shown.size(row.seconds())
        };
    }

    /**
     * Writes everything as JSON.
     *
     * @param file null writes nothing
     */
    public void write(@Nullable Path file) throws IOException {
        if (file == null) {
            return;
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("title", title);
        all.put("cores", Runtime.getRuntime().availableProcessors());
        all.put("rows", rows);
        all.putAll(figures);
        String json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(all);
        Files.writeString(file, json + "\n");
    }

    /** Tells whether anything went wrong that makes the figures doubtful. */
    public boolean hasErrors() {
        return rows.stream().anyMatch(row -> !row.errors().isEmpty());
    }
}
