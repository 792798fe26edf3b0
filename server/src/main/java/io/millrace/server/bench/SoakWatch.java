package io.millrace.server.bench;

import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.BenchNode;
import io.millrace.server.bench.host.DiskUsage;
import io.millrace.server.bench.host.ProcessFigures;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * One line of figures for each interval of a steady load, and the first quarter of them against the last.
 *
 * <p>They are taken on a thread of their own: asking a JVM for its heap takes half a second, for which the load must
 * not wait. {@link #close} waits for the last of them; only then is there something to report.
 */
final class SoakWatch extends Watch implements Closeable {
    private static final double MEBIBYTE = 1 << 20;
    private static final int QUARTERS = 4;
    private static final double WHOLE = 0.9;
    private static final int CLOSE_SECONDS = 30;

    private final Consumer<String> lines;
    private final BenchNode node;
    private final Duration interval;
    private final List<Sample> samples = new ArrayList<>();
    private final ExecutorService sampler = Executors.newSingleThreadExecutor();

    SoakWatch(Consumer<String> lines, BenchNode node, Duration interval) {
        super("soak", lines, node.pid());
        this.lines = lines;
        this.node = node;
        this.interval = interval;
    }

    /**
     * An interval. What is not known of a node elsewhere is 0.
     *
     * @param heapMebibytes in use, with what the next collection will find to be garbage
     */
    record Sample(
            double seconds,
            double recordsPerSecond,
            double p50,
            double p99,
            double max,
            double residentMebibytes,
            double heapMebibytes,
            double walMebibytes,
            double dataMebibytes) {}

    @Override
    public void interval(Duration elapsed, boolean warmup, Tally tally) {
        if (warmup || tally.seconds() < WHOLE * interval.toMillis() / 1e3) {
            return; // the rest of an interval says nothing of its own
        }
        sampler.execute(() -> {
            try {
                take(sample(elapsed, tally));
            } catch (IOException e) {
                lines.accept(String.format(Locale.ROOT, "soak: no figures of the node (%s)", e.getMessage()));
            }
        });
    }

    /** Waits for the figures of the last interval. */
    @Override
    public void close() throws IOException {
        sampler.shutdown();
        try {
            if (!sampler.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        String.format(Locale.ROOT, "the node's figures are not there after %d s", CLOSE_SECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(Sample sample) {
        samples.add(sample);
        lines.accept(String.format(
                Locale.ROOT,
                "soak: %s s, %s records/s, p50 %s ms, p99 %s ms, max %s ms, %s MiB resident, heap %s MiB, WAL %s MiB, data %s MiB",
                Shown.count(sample.seconds()),
                Shown.count(sample.recordsPerSecond()),
                Shown.millis(sample.p50()),
                Shown.millis(sample.p99()),
                Shown.millis(sample.max()),
                Shown.count(sample.residentMebibytes()),
                Shown.count(sample.heapMebibytes()),
                Shown.count(sample.walMebibytes()),
                Shown.count(sample.dataMebibytes())));
    }

    private Sample sample(Duration elapsed, Tally tally) throws IOException {
        boolean here = node.pid().isPresent();
        DiskUsage disk = here ? DiskUsage.of(node.directory()) : new DiskUsage(0, 0);
        return new Sample(
                elapsed.toMillis() / 1e3,
                tally.perSecond(tally.records()),
                tally.millisAt(50),
                tally.millisAt(99),
                tally.maxMillis(),
                here ? ProcessFigures.of(node.pid().getAsLong()).residentBytes() / MEBIBYTE : 0,
                heapMebibytes(),
                disk.walBytes() / MEBIBYTE,
                disk.dataBytes() / MEBIBYTE);
    }

    private double heapMebibytes() throws IOException {
        try {
            return node.heapBytes() / MEBIBYTE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    void addTo(Report report) {
        TextTable table = new TextTable("", "first quarter", "last quarter", "last / first");
        compare(table, "records/s", Sample::recordsPerSecond);
        compare(table, "p50 ms", Sample::p50);
        compare(table, "p99 ms", Sample::p99);
        compare(table, "resident MiB", Sample::residentMebibytes);
        compare(table, "heap MiB", Sample::heapMebibytes);
        compare(table, "WAL MiB", Sample::walMebibytes);
        report.add("intervals", Map.of("seconds", interval.toSeconds(), "samples", samples), table);
    }

    private void compare(TextTable table, String name, ToDoubleFunction<Sample> value) {
        int quarter = Math.max(1, samples.size() / QUARTERS);
        double first = mean(samples.subList(0, Math.min(quarter, samples.size())), value);
        double last = mean(samples.subList(Math.max(0, samples.size() - quarter), samples.size()), value);
        table.add(name, Shown.millis(first), Shown.millis(last), Shown.ratio(last, first));
    }

    private static double mean(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().mapToDouble(value).average().orElse(0);
    }
}
