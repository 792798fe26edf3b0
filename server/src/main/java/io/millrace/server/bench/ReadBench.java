package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import io.millrace.server.bench.Bench.Server;
import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.LoadClient;
import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.ReadTraffic;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.BenchNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** {@code bench read}: how fast history is read by GetRecords, beside how fast it was written. */
public final class ReadBench {
    private static final int PAGE_RECORDS = 10_000;
    private static final Duration LONGEST = Duration.ofHours(6);

    private ReadBench() {}

    /** @param fillBytes of record data, which is what will be read */
    public static Report run(Bench bench, LoadSettings load, long fillBytes) throws IOException, InterruptedException {
        bench.workspace().require(4 * fillBytes, "the log and its write-ahead log");
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            return bench.withStream(
                    node.address(),
                    load.shards(),
                    (calls, stream) -> measure(bench, load, fillBytes, node, stream, calls));
        }
    }

    private static Report measure(
            Bench bench, LoadSettings load, long fillBytes, BenchNode node, String stream, Calls calls)
            throws IOException, InterruptedException {
        long requests = Math.max(1, fillBytes / ((long) load.records() * load.recordBytes()));
        Row fill = bench.put(
                new Server("fill by PutRecords", node.address(), node.pid()),
                stream,
                new PutLoad(load, false, 1, requests),
                LoadPlan.closed(Duration.ZERO, LONGEST));
        List<String> iterators = calls.iterators(stream, calls.shards(stream));
        Watch warming = new Watch("read to warm up", bench.lines(), node.pid());
        long warmAt = System.nanoTime() + load.warmup().toNanos();
        for (long left = load.warmup().toNanos(); left > 0; left = warmAt - System.nanoTime()) {
            read(load, node, iterators, Duration.ofNanos(left), warming);
        }
        Watch watch = new Watch("read", bench.lines(), node.pid());
        Tally tally = read(load, node, iterators, LONGEST, watch);
        Report report =
                new Report("GetRecords of up to %d records (%s), %d readers of %d shards; %d records of %d bytes"
                        .formatted(
                                PAGE_RECORDS,
                                load.format(),
                                load.connections(),
                                load.shards(),
                                requests * load.records(),
                                load.recordBytes()));
        report.add(Row.of("read by GetRecords", tally, watch));
        report.add(fill);
        report.compareWithFirst();
        long written = requests * load.records();
        report.add(
                "recordsMissing",
                written - tally.records(),
                tally.records() == written
                        ? "every record that was put was read"
                        : "WRONG: %d records were put and %d read".formatted(written, tally.records()));
        return report;
    }

    /** Reads all shards from their beginning, for so long at most. */
    private static Tally read(LoadSettings load, BenchNode node, List<String> iterators, Duration most, Watch watch)
            throws IOException, InterruptedException {
        ReadTraffic traffic = new ReadTraffic(
                Bench.requests(node.address(), load), iterators, load.connections(), PAGE_RECORDS, load.recordBytes());
        try (LoadClient client = LoadClient.open(node.address(), load.connections(), 1)) {
            return client.run(traffic, LoadPlan.closed(Duration.ZERO, most), watch);
        }
    }
}
