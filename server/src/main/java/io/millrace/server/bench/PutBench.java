package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code bench put}: how many records a node takes in by PutRecords, beside other brokers and the disk. */
public final class PutBench {
    private PutBench() {}

    public static Report run(Bench bench, PutSettings settings) throws IOException, InterruptedException {
        LoadSettings load = settings.load();
        Sides sides = new Sides(bench, new PutLoad(load, false, settings.inFlight(), Long.MAX_VALUE));
        Map<String, List<Row>> measured = new LinkedHashMap<>();
        for (int round = 1; round <= settings.rounds(); round++) {
            if (settings.rounds() > 1) {
                bench.lines().accept(String.format(Locale.ROOT, "round %d of %d", round, settings.rounds()));
            }
            keep(measured, sides.millrace());
            for (String name : settings.against()) {
                keep(measured, sides.named(name).measure());
            }
        }
        Report report = new Report(String.format(
                Locale.ROOT,
                "PutRecords of %d x %d bytes (%s), %d connections, %d shards, %d s after %d s of warm-up",
                load.records(),
                load.recordBytes(),
                load.format(),
                load.connections(),
                load.shards(),
                load.measured().toSeconds(),
                load.warmup().toSeconds()));
        measured.values().forEach(rounds -> report.add(median(rounds)));
        report.compareWithFirst();
        if (settings.rounds() > 1) {
            report.add("rounds", measured, spread(measured));
        }
        return report;
    }

    private static void keep(Map<String, List<Row>> measured, List<Row> rows) {
        for (Row row : rows) {
            measured.computeIfAbsent(row.side(), side -> new ArrayList<>()).add(row);
        }
    }

    /** The round in the middle by throughput, whole: figures of different rounds are not mixed. */
    static Row median(List<Row> rounds) {
        List<Row> sorted = new ArrayList<>(rounds);
        sorted.sort(Comparator.comparingDouble(Row::mebibytesPerSecond));
        return sorted.get(sorted.size() / 2);
    }

    private static TextTable spread(Map<String, List<Row>> measured) {
        TextTable table = new TextTable("MiB/s by round, the median is shown above", "least", "most");
        measured.forEach((side, rounds) -> table.add(
                side,
                Shown.size(rounds.stream()
                        .mapToDouble(Row::mebibytesPerSecond)
                        .min()
                        .orElse(0)),
                Shown.size(rounds.stream()
                        .mapToDouble(Row::mebibytesPerSecond)
                        .max()
                        .orElse(0))));
        return table;
    }
}
