package io.millrace.server.cli;

import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.log.keys.LocalMasterKeys;
import io.millrace.ingest.log.segment.LogInspection;
import io.millrace.server.node.DataDirectory;
import io.millrace.server.node.StartException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace log}: looks at the shard log of a node that does not run. Changes nothing. */
@Command(
        mixinStandardHelpOptions = true,
        name = "log",
        description = "Looks at the shard log in the data directory of a node that does not run. Changes nothing.")
final class LogCommand {
    private static final int SHOWN_BYTES = 32;

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = "Reads every file of the log and reports damage. Exit code 1 when there is any.")
    int verify(@Parameters(paramLabel = "DIR", description = "The node's data directory.") Path directory)
            throws IOException, UserException {
        try (DataDirectory held = hold(directory)) {
            List<Damage> damages = open(held).verify(System.out::println);
            damages.forEach(damage -> System.out.println("DAMAGED " + damage));
            System.out.println(damages.isEmpty() ? "no damage" : damages.size() + " damages");
            return damages.isEmpty() ? 0 : 1;
        }
    }

    @Command(
            name = "dump",
            mixinStandardHelpOptions = true,
            description = "Shows the records of a shard, or the shards when none is named.")
    int dump(
            @Parameters(paramLabel = "DIR", description = "The node's data directory.") Path directory,
            @Option(names = "--shard", paramLabel = "NUMBER", description = "The shard's number in the log.") @Nullable
                    Long shard,
            @Option(
                            names = "--from",
                            paramLabel = "OFFSET",
                            description = "The first offset (default: ${DEFAULT-VALUE}).",
                            defaultValue = "0")
                    long from,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            description = "How many records (default: ${DEFAULT-VALUE}).",
                            defaultValue = "100")
                    long limit)
            throws IOException, UserException {
        try (DataDirectory held = hold(directory)) {
            LogInspection log = open(held);
            if (shard == null) {
                for (long number : log.shards()) {
                    System.out.printf(
                            Locale.ROOT,
                            "shard %d: offsets %d to %d%n",
                            number,
                            log.firstOffset(number),
                            log.endOffset(number) - 1);
                }
            } else {
                log.dump(
                        shard,
                        from,
                        limit,
                        record -> show(record, System.out),
                        damage -> System.out.println("DAMAGED " + damage));
            }
            return 0;
        }
    }

    private static DataDirectory hold(Path directory) throws UserException {
        if (!Files.isDirectory(directory)) {
            throw UserException.wrongCommandLine(directory + ": is not a directory");
        }
        if (!Files.isRegularFile(directory.resolve("format"))) { // opening it would make it a node's
            throw UserException.wrongCommandLine(directory + ": is not the data directory of a node");
        }
        try {
            return DataDirectory.open(directory);
        } catch (StartException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    private static LogInspection open(DataDirectory directory) throws IOException, UserException {
        Path streams = directory.resolve("streams");
        if (!Files.isDirectory(streams.resolve("log"))) {
            throw new UserException(String.format(Locale.ROOT, "%s: holds no log", streams));
        }
        return new LogInspection(streams.resolve("log"), LocalMasterKeys.open(streams.resolve("master-keys")));
    }

    private static void show(StoredRecord record, PrintStream out) {
        byte[] data = record.data();
        int shown = Math.min(data.length, SHOWN_BYTES);
        out.printf(
                Locale.ROOT,
                "%d  %s  key %s  %d bytes  %s%s%s%n",
                record.offset(),
                Instant.ofEpochMilli(record.arrivalEpochMillis()),
                new String(record.key(), StandardCharsets.UTF_8),
                data.length,
                HexFormat.of().formatHex(data, 0, shown),
                shown < data.length ? "..." : "",
                record.encrypted() ? "  (encrypted at rest)" : "");
    }
}
