package io.millrace.server.bench;

import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.HostileClients;
import io.millrace.server.bench.client.LoadClient;
import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.PutTraffic;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.BenchNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code bench hostile}: what a well-behaved client notices of hostile ones, by turns with and without them. */
public final class HostileBench {
    private static final double GOAL = 3;

    private HostileBench() {}

    /**
     * How it is measured.
     *
     * @param requestsPerSecond of the well-behaved client, whatever the answers do
     * @param rounds of a time alone and a time among hostile clients
     */
    public record Settings(LoadSettings load, int requestsPerSecond, int rounds) {
        private static final int MAX_RATE = 100_000;
        private static final int MAX_ROUNDS = 100;

        public Settings {
            List<String> problems = new ArrayList<>();
            LoadSettings.check("--rate", requestsPerSecond, 1, MAX_RATE, problems);
            LoadSettings.check("--rounds", rounds, 1, MAX_ROUNDS, problems);
            LoadSettings.refuse(problems);
        }
    }

    public static Report run(Bench bench, Settings settings) throws IOException, InterruptedException {
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            return bench.withStream(
                    node.target(),
                    settings.load().shards(),
                    (calls, stream) -> measure(new Setup(bench, settings, node, stream, calls)));
        }
    }

    private record Setup(Bench bench, Settings settings, BenchNode node, String stream, Calls calls) {}

    private static Report measure(Setup setup) throws IOException, InterruptedException {
        LoadSettings load = setup.settings().load();
        ByteBuffer[] requests =
                setup.bench().prepare(load, Bench.requests(setup.node().target(), load), setup.stream(), false);
        Tally alone = new Tally();
        Tally among = new Tally();
        Watch watchAlone =
                new Watch("alone", setup.bench().lines(), setup.node().pid());
        Watch watchAmong = new Watch(
                "among hostile clients", setup.bench().lines(), setup.node().pid());
        double[] ratios = new double[setup.settings().rounds()];
        Map<String, Long> done = new TreeMap<>();
        for (int i = -1; i < ratios.length; i++) { // the first round compiles what hostile requests go through
            Tally quiet = put(setup, requests, watchAlone);
            Tally hostile;
            try (HostileClients clients =
                    HostileClients.start(setup.node().target().address())) {
                hostile = put(setup, requests, watchAmong);
                clients.done().forEach((kind, count) -> done.merge(kind, count, Long::sum));
            }
            if (i < 0) {
                continue;
            }
            alone.add(quiet);
            among.add(hostile);
            ratios[i] = quiet.millisAt(99) == 0 ? 0 : hostile.millisAt(99) / quiet.millisAt(99);
        }
        Report report = new Report(String.format(
                Locale.ROOT,
                "PutRecords of %d x %d bytes (%s) at %d requests/s on %d connections, %d rounds of %d s alone and %d s among hostile clients after one to warm up",
                load.records(),
                load.recordBytes(),
                load.format(),
                setup.settings().requestsPerSecond(),
                load.connections(),
                ratios.length,
                load.measured().toSeconds(),
                load.measured().toSeconds()));
        report.add(Row.of("among hostile clients", among, watchAmong));
        report.add(Row.of("alone", alone, watchAlone));
        report.compareWithFirst();
        Arrays.sort(ratios);
        double median = ratios[ratios.length / 2];
        report.add(
                "p99Ratio",
                median,
                String.format(
                        Locale.ROOT,
                        "p99 among hostile clients is %s of p99 alone, median of the rounds (goal: at most %s)",
                        Shown.ratio(median, 1.0),
                        Shown.ratio(GOAL, 1.0)));
        report.add("hostile", done, "hostile clients: " + Shown.errors(done));
        return report;
    }

    private static Tally put(Setup setup, ByteBuffer[] requests, Watch watch) throws IOException {
        LoadSettings load = setup.settings().load();
        PutTraffic traffic = new PutTraffic(
                requests,
                load.format(),
                new PutTraffic.Shape(load.records(), load.recordBytes()),
                load.connections(),
                Long.MAX_VALUE);
        LoadPlan plan =
                LoadPlan.open(load.warmup(), load.measured(), setup.settings().requestsPerSecond());
        try (LoadClient client = LoadClient.open(setup.node().target().address(), load.connections(), 1)) {
            return client.run(traffic, plan, watch);
        }
    }
}
