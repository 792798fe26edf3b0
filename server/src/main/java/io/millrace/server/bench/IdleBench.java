package io.millrace.server.bench;

import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.PushedEvents;
import io.millrace.server.bench.client.Subscriptions;
import io.millrace.server.bench.host.BenchNode;
import io.millrace.server.bench.host.ProcessFigures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code bench idle}: what subscriptions cost to which nothing comes. */
public final class IdleBench {
    private static final long KIB = 1024;
    private static final double MEBIBYTE = 1 << 20;

    private IdleBench() {}

    /**
     * What to measure.
     *
     * @param consumers each has a subscription to each shard, 1 to 20
     */
    public record Settings(LoadSettings load, int consumers) {
        public Settings {
            List<String> problems = new ArrayList<>();
            LoadSettings.check("--consumers", consumers, 1, FanOutSettings.MAX_CONSUMERS, problems);
            LoadSettings.refuse(problems);
        }
    }

    public static Report run(Bench bench, Settings settings) throws IOException, InterruptedException {
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            if (node.pid().isEmpty()) {
                throw new IllegalArgumentException("--endpoint: memory is measured of a node that is started here");
            }
            return bench.withStream(
                    node.target(),
                    settings.load().shards(),
                    (calls, stream) -> measure(bench, settings, node, stream, calls));
        }
    }

    /** What a node holds at a moment. */
    private record Held(ProcessFigures process, long heapBytes) {
        static Held by(BenchNode node) throws IOException, InterruptedException {
            node.jcmd("GC.run");
            return new Held(ProcessFigures.of(node.pid().orElseThrow()), node.heapBytes());
        }
    }

    private static Report measure(Bench bench, Settings settings, BenchNode node, String stream, Calls calls)
            throws IOException, InterruptedException {
        PushedEvents events = new PushedEvents();
        SubscribedShards subscribed = SubscribedShards.of(calls, stream, settings.consumers());
        Report report = new Report(String.format(
                Locale.ROOT,
                "%d subscriptions, of %d consumers to %d shards, to which nothing comes",
                subscribed.count(),
                settings.consumers(),
                settings.load().shards()));
        Held before = Held.by(node);
        try (Subscriptions subscriptions = new Subscriptions(node.target(), events)) {
            subscribed.openAll(subscriptions, events);
            bench.lines().accept(String.format(Locale.ROOT, "%d subscriptions are open", events.subscribed()));
            Held opened = Held.by(node);
            long seconds = settings.load().measured().toSeconds();
            TimeUnit.SECONDS.sleep(seconds);
            Held after = Held.by(node);
            add(report, "before", before);
            add(report, "with all of them open", opened);
            add(report, String.format(Locale.ROOT, "%d s later", seconds), after);
            double each = (after.heapBytes() - before.heapBytes()) / (double) subscribed.count() / KIB;
            report.add(
                    "heapKibibytesEach",
                    each,
                    String.format(Locale.ROOT, "%s KiB of heap a subscription", Shown.millis(each)));
            double cores = (after.process().cpuSeconds() - opened.process().cpuSeconds()) / seconds;
            report.add(
                    "cores",
                    cores,
                    String.format(Locale.ROOT, "%s cores for the empty events of all", Shown.cores(cores)));
            if (!events.problems().isEmpty()) {
                throw new IOException("subscriptions failed: " + Shown.errors(events.problems()));
            }
        }
        return report;
    }

    private static void add(Report report, String when, Held held) {
        ProcessFigures process = held.process();
        report.add(
                when,
                Map.of(
                        "threads", process.threads(),
                        "residentBytes", process.residentBytes(),
                        "heapBytes", held.heapBytes()),
                String.format(
                        Locale.ROOT,
                        "%s: %d threads, %s MiB of heap, %s MiB resident",
                        when,
                        process.threads(),
                        Shown.size(held.heapBytes() / MEBIBYTE),
                        Shown.size(process.residentBytes() / MEBIBYTE)));
    }
}
