package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import io.millrace.server.bench.Bench.Server;
import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.host.BenchNode;
import io.millrace.server.bench.host.ProcessFigures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code bench shards}: what many shards cost: to make, to write to, to keep, and to start with after a kill. */
public final class ShardsBench {
    private static final int FEW = 8;
    private static final int MEBIBYTE = 1 << 20;

    private ShardsBench() {}

    /**
     * What to measure.
     *
     * @param load its shards are how many there will be in all
     * @param active how many of them are written to at once
     */
    public record Settings(LoadSettings load, int active, int rounds) {
        public Settings {
            List<String> problems = new ArrayList<>();
            LoadSettings.check("--active", active, 1, load.shards(), problems);
            LoadSettings.check("--rounds", rounds, 1, 100, problems);
            LoadSettings.refuse(problems);
        }
    }

    public static Report run(Bench bench, Settings settings) throws IOException, InterruptedException {
        if (bench.node().endpoint() != null) {
            throw new IOException("--endpoint: bench shards kills the node that it measures; leave it out");
        }
        LoadSettings load = settings.load();
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            Report report = new Report(String.format(
                    Locale.ROOT,
                    "%d shards in all; PutRecords of %d x %d bytes (%s) to %d of them, %d connections",
                    load.shards(),
                    load.records(),
                    load.recordBytes(),
                    load.format(),
                    settings.active(),
                    load.connections()));
            Calls calls = new Calls(node.target());
            calls.createStream("few", FEW);
            resources(report, node, String.format(Locale.ROOT, "with %d shards", FEW));
            create(bench, settings, calls, report);
            resources(report, node, "with all shards, none written to");
            write(bench, settings, node, report);
            resources(report, node, "after the writes");
            restart(bench, settings, node, report);
            resources(report, node, "after the restart");
            return report;
        }
    }

    /** Makes streams of as many shards as will be written to, since one stream then takes all those writes. */
    private static void create(Bench bench, Settings settings, Calls calls, Report report)
            throws IOException, InterruptedException {
        int left = settings.load().shards();
        long began = System.nanoTime();
        int streams = 0;
        while (left > 0) {
            int shards = Math.min(left, settings.active());
            calls.createStream("many-" + streams++, shards);
            left -= shards;
            bench.lines()
                    .accept(String.format(
                            Locale.ROOT, "%d shards made", settings.load().shards() - left));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        report.add(
                "createSeconds",
                seconds,
                String.format(
                        Locale.ROOT,
                        "%d shards in %d streams were made in %s s (each stream until it is ACTIVE)",
                        settings.load().shards(),
                        streams,
                        Shown.millis(seconds)));
    }

    private static void write(Bench bench, Settings settings, BenchNode node, Report report) throws IOException {
        PutLoad put = PutLoad.of(settings.load());
        List<Row> few = new ArrayList<>();
        List<Row> many = new ArrayList<>();
        for (int i = 0; i < settings.rounds(); i++) {
            many.add(write(
                    bench, settings, node, "many-0", String.format(Locale.ROOT, "%d shards", settings.active()), put));
            few.add(write(bench, settings, node, "few", String.format(Locale.ROOT, "%d shards", FEW), put));
        }
        report.add(PutBench.median(many));
        report.add(PutBench.median(few));
        report.compareWithFirst();
    }

    private static Row write(Bench bench, Settings settings, BenchNode node, String stream, String title, PutLoad put)
            throws IOException {
        return bench.put(
                new Server(title, node.target(), node.pid()),
                stream,
                put,
                settings.load().closedLoop());
    }

    private static void restart(Bench bench, Settings settings, BenchNode node, Report report)
            throws IOException, InterruptedException {
        bench.lines().accept("kill -9, and start again");
        Calls calls = new Calls(node.target());
        Duration took = node.killAndRestart(
                () -> calls.putRecord("many-0", new byte[settings.load().recordBytes()]));
        report.add(
                "restartSeconds",
                took.toMillis() / 1e3,
                String.format(
                        Locale.ROOT,
                        "after kill -9 it was healthy and had accepted a put %s s after its start",
                        Shown.millis(took.toMillis() / 1e3)));
    }

    private static void resources(Report report, BenchNode node, String when) throws IOException {
        long pid = node.pid().orElseThrow();
        long files = ProcessFigures.openFiles(pid);
        long resident = ProcessFigures.of(pid).residentBytes();
        report.add(
                when,
                Map.of("openFiles", files, "residentBytes", resident),
                String.format(Locale.ROOT, "%s: %d open files, %d MiB resident", when, files, resident / MEBIBYTE));
    }
}
