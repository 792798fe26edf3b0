package io.millrace.server.bench;

import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.ProducerRun;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one side of a comparison has done. What a side does not know is null.
 *
 * @param mebibytesPerSecond of record data, or written by a loop on the disk
 * @param clientCores CPU seconds a second of this process, while it measured
 * @param serverCores the same of the node or broker
 * @param seconds how long was counted
 */
record Row(
        String side,
        @Nullable Double recordsPerSecond,
        double mebibytesPerSecond,
        @Nullable Double requestsPerSecond,
        Percentiles millis,
        @Nullable Double clientCores,
        @Nullable Double serverCores,
        double seconds,
        Map<String, Long> errors) {
    private static final double MEBIBYTE = 1 << 20;

    /** Latencies in milliseconds. */
    record Percentiles(double p50, double p99, double p999, double max) {
        static Percentiles of(Tally tally) {
            return new Percentiles(tally.millisAt(50), tally.millisAt(99), tally.millisAt(99.9), tally.maxMillis());
        }
    }

    /** What a load has done to a node. */
    static Row of(String side, Tally tally, Watch watch) {
        return new Row(
                side,
                tally.perSecond(tally.records()),
                tally.perSecond(tally.dataBytes()) / MEBIBYTE,
                tally.perSecond(tally.requests()),
                Percentiles.of(tally),
                watch.clientCores(),
                watch.serverCores(),
                tally.seconds(),
                new TreeMap<>(tally.errors()));
    }

    /** What a loop on the disk has done. */
    static Row ofDisk(String side, Tally tally, int writeBytes) {
        double writes = tally.perSecond(tally.latencyCount());
        return new Row(
                side,
                null,
                writes * writeBytes / MEBIBYTE,
                writes,
                Percentiles.of(tally),
                null,
                null,
                tally.seconds(),
                Map.of());
    }

    /** What Kafka's own producer has done. */
    static Row ofProducer(String side, ProducerRun run, int recordBytes, @Nullable Double serverCores) {
        return new Row(
                side,
                run.recordsPerSecond(),
                run.recordsPerSecond() * recordBytes / MEBIBYTE,
                null,
                new Percentiles(run.p50(), run.p99(), run.p999(), run.max()),
                null,
                serverCores,
                run.seconds(),
                Map.of());
    }
}
