package io.millrace.server.bench;

import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.LoadClient;
import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.PushedEvents;
import io.millrace.server.bench.client.Requests;
import io.millrace.server.bench.client.StampedRequest;
import io.millrace.server.bench.client.StampedTraffic;
import io.millrace.server.bench.client.Subscriptions;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.BenchNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/** {@code bench fan-out}: how long from the put of a record until a subscriber of its shard has it. */
public final class FanOutBench {
    private static final double MEBIBYTE = 1 << 20;

    private FanOutBench() {}

    public static Report run(Bench bench, FanOutSettings settings) throws IOException, InterruptedException {
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            return bench.withStream(
                    node.target(),
                    settings.load().shards(),
                    (calls, stream) -> measure(bench, settings, node, stream, calls));
        }
    }

    private static Report measure(Bench bench, FanOutSettings settings, BenchNode node, String stream, Calls calls)
            throws IOException, InterruptedException {
        LoadSettings load = settings.load();
        PushedEvents events = new PushedEvents();
        SubscribedShards subscribed = SubscribedShards.of(calls, stream, settings.consumers());
        try (Subscriptions subscriptions = new Subscriptions(node.target(), events);
                LoadClient client = LoadClient.open(node.target().address(), load.connections(), 1)) {
            subscribed.openAll(subscriptions, events);
            StampedTraffic traffic = new StampedTraffic(requests(settings, node, stream), load.recordBytes());
            EventWatch watch = new EventWatch(bench.lines(), node.pid(), events);
            Tally puts = client.run(
                    traffic, LoadPlan.open(load.warmup(), load.measured(), settings.requestsPerSecond()), watch);
            long due = traffic.accepted() * settings.consumers();
            SubscribedShards.await(() -> events.records() >= due);
            return report(settings, puts, watch, events, due);
        }
    }

    private static List<StampedRequest> requests(FanOutSettings settings, BenchNode node, String stream)
            throws IOException {
        LoadSettings load = settings.load();
        Requests requests = Bench.requests(node.target(), load);
        List<StampedRequest> prepared = new ArrayList<>();
        for (int i = 0; i < load.connections(); i++) {
            prepared.add(requests.stampedPutRecords(stream, load.records(), load.recordBytes()));
        }
        return prepared;
    }

    private static Report report(FanOutSettings settings, Tally puts, EventWatch watch, PushedEvents events, long due) {
        LoadSettings load = settings.load();
        Report report = new Report(String.format(
                Locale.ROOT,
                "SubscribeToShard over HTTP/2, %d consumers of %d shards, %d records/s of %d bytes offered in PutRecords of %d, %d s after %d s of warm-up",
                settings.consumers(),
                load.shards(),
                settings.recordsPerSecond(),
                load.recordBytes(),
                load.records(),
                load.measured().toSeconds(),
                load.warmup().toSeconds()));
        report.add(pushed(watch.pushed(), load, events, watch));
        report.add(Row.of("due put to its answer", puts, watch));
        report.compareWithFirst();
        long missing = due - events.records();
        report.add(
                "recordsMissing",
                missing,
                missing == 0
                        ? "every record that was acknowledged was pushed to every consumer"
                        : String.format(
                                Locale.ROOT, "WRONG: %d records were due and %d pushed", due, events.records()));
        return report;
    }

    private static Row pushed(Tally tally, LoadSettings load, PushedEvents events, Watch watch) {
        double records = tally.perSecond(tally.latencyCount());
        return new Row(
                "put to pushed event",
                records,
                records * load.recordBytes() / MEBIBYTE,
                null,
                Row.Percentiles.of(tally),
                watch.clientCores(),
                watch.serverCores(),
                tally.seconds(),
                new TreeMap<>(Map.copyOf(events.problems())));
    }

    /** Counts events for exactly as long as puts are counted. */
    private static final class EventWatch extends Watch {
        private final PushedEvents events;
        private long began;
        private Tally pushed = new Tally();

        EventWatch(Consumer<String> lines, OptionalLong pid, PushedEvents events) {
            super("fan-out", lines, pid);
            this.events = events;
        }

        @Override
        public void measuring() throws IOException {
            super.measuring();
            began = System.nanoTime();
            events.count();
        }

        @Override
        public void measured() throws IOException {
            pushed = events.stop();
            pushed.over(System.nanoTime() - began);
            super.measured();
        }

        Tally pushed() {
            return pushed;
        }
    }
}
