package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import io.millrace.server.bench.Bench.Server;
import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.LoadClient;
import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.PutTraffic;
import io.millrace.server.bench.client.ReadTraffic;
import io.millrace.server.bench.client.Requests;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.BenchNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** {@code bench read}: how fast history is read by GetRecords, beside how fast it was written. */
public final class ReadBench {
    private static final int PAGE_RECORDS = 10_000;
    private static final int LOOKUPS = 2_000;
    private static final Duration LONGEST = Duration.ofHours(6);

    private ReadBench() {}

    /** @param fillBytes of record data, which is what will be read */
    public static Report run(Bench bench, LoadSettings load, long fillBytes) throws IOException, InterruptedException {
        bench.workspace().require(4 * fillBytes, "the log and its write-ahead log");
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            return bench.withStream(
                    node.target(),
                    load.shards(),
                    (calls, stream) -> measure(bench, load, fillBytes, node, stream, calls));
        }
    }

    private static Report measure(
            Bench bench, LoadSettings load, long fillBytes, BenchNode node, String stream, Calls calls)
            throws IOException, InterruptedException {
        long requests = Math.max(1, fillBytes / ((long) load.records() * load.recordBytes()));
        long began = System.currentTimeMillis();
        Row fill = bench.put(
                new Server("fill by PutRecords", node.target(), node.pid()),
                stream,
                new PutLoad(load, false, 1, requests),
                LoadPlan.closed(Duration.ZERO, LONGEST));
        long ended = System.currentTimeMillis() + 1;
        List<String> shards = calls.shards(stream);
        List<String> iterators = calls.iterators(stream, shards);
        if (!load.warmup().isZero()) {
            Watch warming = new Watch("read to warm up", bench.lines(), node.pid());
            read(load, node, traffic(load, node, iterators, load.warmup()), warming);
        }
        Watch watch = new Watch("read", bench.lines(), node.pid());
        ReadTraffic traffic = traffic(load, node, iterators, load.measured());
        Tally tally = read(load, node, traffic, watch);
        Report report = new Report(String.format(
                Locale.ROOT,
                "GetRecords of up to %d records (%s), %d readers of %d shards; %d records of %d bytes",
                PAGE_RECORDS,
                load.format(),
                load.connections(),
                load.shards(),
                requests * load.records(),
                load.recordBytes()));
        report.add(Row.of("read by GetRecords", tally, watch));
        report.add(fill);
        report.compareWithFirst();
        long expected = requests * load.records() * traffic.passes();
        report.add(
                "recordsMissing",
                expected - tally.records(),
                tally.records() == expected
                        ? String.format(Locale.ROOT, "every record that was put was read, %d times", traffic.passes())
                        : String.format(
                                Locale.ROOT,
                                "WRONG: %d records should have been read and %d were",
                                expected,
                                tally.records()));
        findTimes(bench, load, node, shards, new Times(stream, began, ended), report);
        return report;
    }

    /** When records were put to a stream. */
    private record Times(String stream, long fromEpochMillis, long toEpochMillis) {}

    /** Asks for iterators at random times, after a restart where the node is ours: no index is in memory then. */
    private static void findTimes(
            Bench bench, LoadSettings load, BenchNode node, List<String> shards, Times times, Report report)
            throws IOException, InterruptedException {
        if (node.pid().isPresent()) {
            bench.lines().accept("kill -9 and start again, so that no index is in memory");
            Calls calls = new Calls(node.target());
            node.killAndRestart(() -> calls.shards(times.stream()));
        }
        Requests requests = Bench.requests(node.target(), load);
        Random random = new Random(LOOKUPS);
        ByteBuffer[] prepared = Requests.prepare(
                LOOKUPS,
                () -> requests.iteratorAtTime(
                        times.stream(),
                        shards.get(random.nextInt(shards.size())),
                        random.nextLong(times.fromEpochMillis(), times.toEpochMillis())));
        PutTraffic traffic = new PutTraffic(prepared, load.format(), new PutTraffic.Shape(1, 0), 1, LOOKUPS);
        Watch watch = new Watch("AT_TIMESTAMP", bench.lines(), node.pid());
        try (LoadClient client = LoadClient.open(node.target().address(), 1, 1)) {
            Tally tally = client.run(traffic, LoadPlan.closed(Duration.ZERO, LONGEST), watch);
            Row.Percentiles millis = Row.Percentiles.of(tally);
            report.add(
                    "atTimestamp",
                    millis,
                    String.format(
                            Locale.ROOT,
                            "%d iterators AT_TIMESTAMP, one after the other: p50 %s ms, p99 %s ms, max %s ms; %d failed",
                            LOOKUPS,
                            Shown.millis(millis.p50()),
                            Shown.millis(millis.p99()),
                            Shown.millis(millis.max()),
                            LOOKUPS - tally.records()));
        }
    }

    private static ReadTraffic traffic(LoadSettings load, BenchNode node, List<String> iterators, Duration again) {
        return new ReadTraffic(
                Bench.requests(node.target(), load),
                iterators,
                load.connections(),
                PAGE_RECORDS,
                load.recordBytes(),
                again);
    }

    private static Tally read(LoadSettings load, BenchNode node, ReadTraffic traffic, Watch watch)
            throws IOException, InterruptedException {
        try (LoadClient client = LoadClient.open(node.target().address(), load.connections(), 1)) {
            return client.run(traffic, LoadPlan.closed(Duration.ZERO, LONGEST), watch);
        }
    }
}
