package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import io.millrace.server.bench.host.DiskLoop;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** {@code bench put-one}: how long a PutRecord takes, beside the write and the sync that it cannot do without. */
public final class PutOneBench {
    private PutOneBench() {}

    public static Report run(Bench bench, LoadSettings load) throws IOException, InterruptedException {
        Sides sides = new Sides(bench, new PutLoad(load, true, 1, Long.MAX_VALUE));
        List<Row> millrace = sides.millrace();
        Row disk = sides.disk(DiskLoop.APPEND_1_KIB);
        Report report = new Report(String.format(
                Locale.ROOT,
                "PutRecord of %d bytes (%s), %d connections, %d shards, %d s after %d s of warm-up",
                load.recordBytes(),
                load.format(),
                load.connections(),
                load.shards(),
                load.measured().toSeconds(),
                load.warmup().toSeconds()));
        millrace.forEach(report::add);
        report.add(disk);
        report.compareWithFirst();
        return report;
    }
}
