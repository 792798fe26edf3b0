package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import io.millrace.server.bench.Bench.Server;
import io.millrace.server.bench.client.LoadClient;
import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.PutTraffic;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.BenchNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code bench soak}: whether a node under a steady load is at the end what it was at the beginning. */
public final class SoakBench {
    private static final Duration PEAK_WARMUP = Duration.ofSeconds(5);
    private static final Duration PEAK = Duration.ofSeconds(15);
    private static final Duration WARMUP = Duration.ofSeconds(5);
    private static final int CONNECTIONS_FACTOR = 4;

    private SoakBench() {}

    /**
     * What to measure.
     *
     * @param load its duration is how long the load is steady
     * @param percent of the peak that is found before
     * @param interval of one line of figures
     */
    public record Settings(LoadSettings load, int percent, Duration interval) {
        public Settings {
            List<String> problems = new ArrayList<>();
            LoadSettings.check("--percent", percent, 1, 100, problems);
            LoadSettings.check("--interval", interval.toSeconds(), 1, 3600, problems);
            if (load.measured().compareTo(interval.multipliedBy(4)) < 0) {
                problems.add(String.format(
                        Locale.ROOT,
                        "--minutes: %s (expected: at least four intervals of %s)",
                        load.measured(),
                        interval));
            }
            LoadSettings.refuse(problems);
        }
    }

    public static Report run(Bench bench, Settings settings) throws IOException, InterruptedException {
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            return bench.withStream(
                    node.target(), settings.load().shards(), (calls, stream) -> measure(bench, settings, node, stream));
        }
    }

    private static Report measure(Bench bench, Settings settings, BenchNode node, String stream) throws IOException {
        LoadSettings load = settings.load();
        Server server = new Server("peak", node.target(), node.pid());
        Row peak = bench.put(server, stream, PutLoad.of(load), LoadPlan.closed(PEAK_WARMUP, PEAK));
        double recordRate = peak.recordsPerSecond() == null ? 0 : peak.recordsPerSecond();
        if (recordRate == 0) {
            throw new IOException("the node has taken no record: " + Shown.errors(peak.errors()));
        }
        double requestRate = recordRate / load.records() * settings.percent() / 100;
        bench.workspace()
                .require(
                        (long) (2.2
                                * requestRate
                                * load.records()
                                * load.recordBytes()
                                * load.measured().toSeconds()),
                        "so long a load");
        LoadSettings steady = load.withConnections(CONNECTIONS_FACTOR * load.connections());
        SoakWatch watch = new SoakWatch(bench.lines(), node, settings.interval());
        PutTraffic traffic = new PutTraffic(
                bench.prepare(steady, Bench.requests(node.target(), steady), stream, false),
                load.format(),
                new PutTraffic.Shape(load.records(), load.recordBytes()),
                steady.connections(),
                Long.MAX_VALUE);
        Tally tally;
        try (watch;
                LoadClient client = LoadClient.open(node.target().address(), steady.connections(), 1)) {
            tally = client.run(
                    traffic, LoadPlan.open(WARMUP, load.measured(), requestRate).every(settings.interval()), watch);
        }
        Report report = new Report(String.format(
                Locale.ROOT,
                "PutRecords of %d x %d bytes (%s), %d shards, %d s at %d %% of the peak",
                load.records(),
                load.recordBytes(),
                load.format(),
                load.shards(),
                load.measured().toSeconds(),
                settings.percent()));
        report.add(Row.of("steady", tally, watch));
        report.add(peak);
        report.compareWithFirst();
        watch.addTo(report);
        return report;
    }
}
