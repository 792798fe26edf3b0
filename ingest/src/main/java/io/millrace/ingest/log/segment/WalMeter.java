package io.millrace.ingest.log.segment;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the write-ahead log does. Thread-safe. */
final class WalMeter {
    final LongAdder records = new LongAdder();
    final LongAdder bytes = new LongAdder();
    final LongAdder refusedAppends = new LongAdder();
    final LongAdder syncs = new LongAdder();
    final LongAdder syncNanos = new LongAdder();
    private volatile long slowestSyncNanos;

    void appended(List<Frame> frames, long size) {
        long count = 0;
        for (Frame frame : frames) {
            count += frame.count();
        }
        records.add(count);
        bytes.add(size);
    }

    void refused() {
        refusedAppends.increment();
    }

    /** Called by the writer thread only. */
    void synced(long nanos) {
        syncs.increment();
        syncNanos.add(nanos);
        if (nanos > slowestSyncNanos) {
            slowestSyncNanos = nanos;
        }
    }

    long slowestSyncNanos() {
        return slowestSyncNanos;
    }
}
