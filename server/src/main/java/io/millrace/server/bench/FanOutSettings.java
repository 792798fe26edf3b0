package io.millrace.server.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How {@code bench fan-out} measures.
 *
 * @param recordsPerSecond put, whatever the answers do
 * @param consumers each has a subscription to each shard, 1 to 20
 */
public record FanOutSettings(LoadSettings load, int recordsPerSecond, int consumers) {
    private static final int MAX_RATE = 1_000_000;
    private static final int MAX_SECONDS = 240; // a subscription ends after five minutes
    static final int MAX_CONSUMERS = 20; // of a stream, on AWS and here
    private static final int STAMP_BYTES = 9;

    public FanOutSettings {
        List<String> problems = new ArrayList<>();
        LoadSettings.check("--rate", recordsPerSecond, 1, MAX_RATE, problems);
        LoadSettings.check("--consumers", consumers, 1, MAX_CONSUMERS, problems);
        long seconds = load.warmup().plus(load.measured()).toSeconds();
        if (seconds > MAX_SECONDS) {
            problems.add(String.format(
                    Locale.ROOT,
                    "--warmup and --seconds: %d (expected: at most %d, since a subscription lives five minutes)",
                    seconds,
                    MAX_SECONDS));
        }
        LoadSettings.check("--record-bytes", load.recordBytes(), STAMP_BYTES, Integer.MAX_VALUE, problems);
        LoadSettings.refuse(problems);
    }

    double requestsPerSecond() {
        return (double) recordsPerSecond / load.records();
    }
}
