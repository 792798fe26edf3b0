package io.millrace.server.bench;

import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What every load has.
 *
 * @param format of the bodies
 * @param connections of the client
 * @param shards of the stream
 * @param records of one PutRecords, 1 to 500
 * @param recordBytes of random data in each record, 1 to 1 MiB
 * @param warmup goes before and is not counted
 * @param measured how long is counted
 */
public record LoadSettings(
        WireFormat format,
        int connections,
        int shards,
        int records,
        int recordBytes,
        Duration warmup,
        Duration measured) {
    private static final int MAX_CONNECTIONS = 4096;
    private static final int MAX_SHARDS = 100_000;
    private static final int MAX_RECORDS = 500;
    private static final int MEBIBYTE = 1 << 20;
    private static final int MAX_REQUEST_BYTES = 9 * MEBIBYTE;
    private static final long MAX_SECONDS = 86_400;

    public LoadSettings {
        List<String> problems = new ArrayList<>();
        check("--connections", connections, 1, MAX_CONNECTIONS, problems);
        check("--shards", shards, 1, MAX_SHARDS, problems);
        check("--records", records, 1, MAX_RECORDS, problems);
        check("--record-bytes", recordBytes, 1, MEBIBYTE, problems);
        if ((long) records * recordBytes > MAX_REQUEST_BYTES) {
            problems.add(String.format(
                    Locale.ROOT,
                    "--records times --record-bytes: %d (expected: at most %d)",
                    (long) records * recordBytes,
                    MAX_REQUEST_BYTES));
        }
        check("--warmup", warmup.toSeconds(), 0, MAX_SECONDS, problems);
        check("--seconds", measured.toSeconds(), 1, MAX_SECONDS, problems);
        refuse(problems);
    }

    static void check(String option, long value, long least, long most, List<String> problems) {
        if (value < least || value > most) {
            problems.add(String.format(Locale.ROOT, "%s: %d (expected: %d to %d)", option, value, least, most));
        }
    }

    static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    LoadSettings withConnections(int more) {
        return new LoadSettings(format, more, shards, records, recordBytes, warmup, measured);
    }

    /** Returns the same, counted for another time. */
    public LoadSettings lasting(Duration time) {
        return new LoadSettings(format, connections, shards, records, recordBytes, warmup, time);
    }

    LoadPlan closedLoop() {
        return LoadPlan.closed(warmup, measured);
    }
}
