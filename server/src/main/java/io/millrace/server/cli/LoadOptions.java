package io.millrace.server.cli;

import io.millrace.server.bench.LoadSettings;
import io.millrace.server.bench.client.WireFormat;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The load of a measurement; what is not given is as each measurement has it. */
final class LoadOptions {
    private static final int UNSET = -1;

    @Option(names = "--format", paramLabel = "json|cbor", description = "Format of the bodies (default: json).")
    private String format = "json";

    @Option(names = "--connections", paramLabel = "N", description = "HTTP/1.1 connections of the client.")
    private int connections = UNSET;

    @Option(names = "--shards", paramLabel = "N", description = "Shards of the stream.")
    private int shards = UNSET;

    @Option(names = "--records", paramLabel = "N", description = "Records of one PutRecords.")
    private int records = UNSET;

    @Option(
            names = "--record-bytes",
            paramLabel = "N",
            description = "Random bytes in each record (default: ${DEFAULT-VALUE}).")
    private int recordBytes = 1024;

    @Option(names = "--warmup", paramLabel = "SECONDS", description = "Goes before and is not counted.")
    private int warmupSeconds = UNSET;

    @Option(names = "--seconds", paramLabel = "SECONDS", description = "How long is counted.")
    private int seconds = UNSET;

    /** What a measurement takes when the command line does not say. */
    record Defaults(int connections, int shards, int records, int warmupSeconds, int seconds) {}

    LoadSettings settings(Defaults defaults) {
        return new LoadSettings(
                WireFormat.named(format),
                connections == UNSET ? defaults.connections() : connections,
                shards == UNSET ? defaults.shards() : shards,
                records == UNSET ? defaults.records() : records,
                recordBytes,
                Duration.ofSeconds(warmupSeconds == UNSET ? defaults.warmupSeconds() : warmupSeconds),
                Duration.ofSeconds(seconds == UNSET ? defaults.seconds() : seconds));
    }
}
