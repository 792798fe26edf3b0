package io.millrace.server.cli;

import io.millrace.server.bench.FanOutBench;
import io.millrace.server.bench.FanOutSettings;
import io.millrace.server.bench.HostileBench;
import io.millrace.server.bench.IdleBench;
import io.millrace.server.bench.LoadSettings;
import io.millrace.server.bench.PutBench;
import io.millrace.server.bench.PutOneBench;
import io.millrace.server.bench.PutSettings;
import io.millrace.server.bench.ReadBench;
import io.millrace.server.bench.ShardsBench;
import io.millrace.server.bench.SoakBench;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code millrace bench}: measures a node, beside other brokers and the disk. Each subcommand asks another question.
 */
@Command(
        mixinStandardHelpOptions = true,
        name = "bench",
        description = {
            "Measures a node on this machine: a new one each time, or the one of --endpoint.",
            "Exit code 1 when any request failed."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchCommand.Put.class,
            BenchCommand.PutOne.class,
            BenchCommand.Read.class,
            BenchCommand.FanOut.class,
            BenchCommand.Idle.class,
            BenchCommand.Shards.class,
            BenchCommand.Soak.class,
            BenchCommand.Hostile.class
        })
final class BenchCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(System.out);
        }
    }

    /** What all subcommands have. */
    abstract static class Subcommand implements Callable<Integer> {
        @Mixin
        private BenchOptions options = new BenchOptions();

        @Mixin
        private LoadOptions load = new LoadOptions();

        @CommandLine.Spec
        private CommandLine.Model.@Nullable CommandSpec spec;

        private final LoadOptions.Defaults defaults;

        Subcommand(LoadOptions.Defaults defaults) {
            this.defaults = defaults;
        }

        /** Returns what to do, after all options have been checked. */
        abstract BenchOptions.Measurement measurement(LoadSettings load);

        /** Tells whether there are several sides. */
        boolean compares() {
            return false;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            try {
                return options.run(measurement(load.settings(defaults)), compares());
            } catch (IllegalArgumentException e) {
                throw new CommandLine.ParameterException(
                        spec == null ? new CommandLine(this) : spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "put",
            sortOptions = false,
            description = {
                "Throughput of PutRecords (default: 100 records, 50 connections, 8 shards, 15 s after 15 s of warm-up).",
                "50 connections are what the AWS SDKs for Java and JavaScript open at most unless told otherwise, and have"
                        + " as many bytes under way as Kafka's producer."
            })
    static final class Put extends Subcommand {
        @Option(
                names = "--in-flight",
                paramLabel = "N",
                description = "Requests on a connection without an answer (default: ${DEFAULT-VALUE}).")
        private int inFlight = 1;

        @Option(
                names = "--against",
                paramLabel = "SIDE",
                split = ",",
                description = "What else to measure: kafka, kafka-flush, kinesalite, disk. Kafka is fetched with Maven,"
                        + " kinesalite with npm, at first use.")
        private List<String> against = new ArrayList<>();

        @Option(
                names = "--rounds",
                paramLabel = "N",
                description =
                        "How often all sides are measured, in turn; the median counts (default: ${DEFAULT-VALUE}).")
        private int rounds = 1;

        Put() {
            super(new LoadOptions.Defaults(50, 8, 100, 15, 15));
        }

        @Override
        boolean compares() {
            return !against.isEmpty();
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            PutSettings settings = new PutSettings(load, inFlight, against, rounds);
            return bench -> PutBench.run(bench, settings);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "put-one",
            sortOptions = false,
            description = {
                "Rate and latency of PutRecord, beside a write and fdatasync (default: 64 connections, 8 shards, 10 s after"
                        + " 25 s of warm-up).",
                "With --connections 1 it is the latency of one client that waits for each answer."
            })
    static final class PutOne extends Subcommand {
        PutOne() {
            super(new LoadOptions.Defaults(64, 8, 1, 25, 10));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            return bench -> PutOneBench.run(bench, load);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "read",
            sortOptions = false,
            description =
                    "Fills a stream and reads it by GetRecords from its beginning to its end, again and again: whole passes count"
                            + " (default: 8 connections to fill it and as many readers, 8 shards, 10 s after 40 s of"
                            + " warm-up).")
    static final class Read extends Subcommand {
        @Option(
                names = "--fill-mib",
                paramLabel = "N",
                description = "MiB of record data to put and read (default: ${DEFAULT-VALUE}).")
        private int fillMebibytes = 1024;

        Read() {
            super(new LoadOptions.Defaults(8, 8, 100, 40, 10));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            if (fillMebibytes < 1) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "--fill-mib: %d (expected: at least 1)", fillMebibytes));
            }
            long bytes = (long) fillMebibytes << 20;
            return bench -> ReadBench.run(bench, load, bytes);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "fan-out",
            sortOptions = false,
            description =
                    "Time from a put to its event at the subscribers of each shard (default: PutRecords of 10 records,"
                            + " 32 connections, 8 shards, one consumer, 30 s after 10 s of warm-up). Not with"
                            + " --node-option=--auth=sigv4, since the time in a record is not in the signature.")
    static final class FanOut extends Subcommand {
        @Option(names = "--rate", paramLabel = "N", description = "Records put a second (default: ${DEFAULT-VALUE}).")
        private int rate = 10_000;

        @Option(
                names = "--consumers",
                paramLabel = "N",
                description = "Consumers, each with a subscription to each shard (default: ${DEFAULT-VALUE}).")
        private int consumers = 1;

        FanOut() {
            super(new LoadOptions.Defaults(32, 8, 10, 10, 30));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            FanOutSettings settings = new FanOutSettings(load, rate, consumers);
            return bench -> FanOutBench.run(bench, settings);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "idle",
            sortOptions = false,
            description =
                    "Memory and threads of subscriptions to which nothing comes (default: 250 shards, 20 consumers of"
                            + " each, 20 s).")
    static final class Idle extends Subcommand {
        @Option(
                names = "--consumers",
                paramLabel = "N",
                description = "Consumers, each with a subscription to each shard (default: ${DEFAULT-VALUE}).")
        private int consumers = 20;

        Idle() {
            super(new LoadOptions.Defaults(1, 250, 1, 5, 20));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            IdleBench.Settings settings = new IdleBench.Settings(load, consumers);
            return bench -> IdleBench.run(bench, settings);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "shards",
            sortOptions = false,
            description = "What many shards cost: to make, to write to, and after kill -9 (default: 10,000 shards,"
                    + " 8 connections, PutRecords of 100, 10 s each).")
    static final class Shards extends Subcommand {
        @Option(
                names = "--active",
                paramLabel = "N",
                description = "Shards that are written to at once (default: ${DEFAULT-VALUE}).")
        private int active = 1000;

        @Option(
                names = "--rounds",
                paramLabel = "N",
                description =
                        "How often both rates are measured, in turn; the median counts (default: ${DEFAULT-VALUE}).")
        private int rounds = 3;

        Shards() {
            super(new LoadOptions.Defaults(8, 10_000, 100, 5, 10));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            ShardsBench.Settings settings = new ShardsBench.Settings(load, active, rounds);
            return bench -> ShardsBench.run(bench, settings);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "soak",
            sortOptions = false,
            description =
                    "A steady load for a long time: what grows? (default: PutRecords of 100, 8 shards; the peak is"
                            + " found with 8 connections, four times as many carry the load).")
    static final class Soak extends Subcommand {
        @Option(
                names = "--minutes",
                paramLabel = "N",
                description = "How long the load is steady (default: ${DEFAULT-VALUE}); --seconds is not used.")
        private int minutes = 20;

        @Option(
                names = "--percent",
                paramLabel = "N",
                description = "Of the peak that 20 s have found before (default: ${DEFAULT-VALUE}).")
        private int percent = 70;

        @Option(
                names = "--interval",
                paramLabel = "SECONDS",
                description = "Time of one line of figures (default: ${DEFAULT-VALUE}).")
        private int intervalSeconds = 60;

        Soak() {
            super(new LoadOptions.Defaults(8, 8, 100, 5, 1));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            SoakBench.Settings settings = new SoakBench.Settings(
                    load.lasting(Duration.ofMinutes(minutes)), percent, Duration.ofSeconds(intervalSeconds));
            return bench -> SoakBench.run(bench, settings);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "hostile",
            sortOptions = false,
            description = {
                "What a well-behaved client notices of hostile ones: slow, broken, nested, announced and taken back.",
                "(default: PutRecords of 100, 32 connections, 8 shards, 10 s alone and 10 s among them, in turn)."
            })
    static final class Hostile extends Subcommand {
        @Option(
                names = "--rate",
                paramLabel = "N",
                description = "Requests a second of the well-behaved client (default: ${DEFAULT-VALUE}).")
        private int rate = 100;

        @Option(
                names = "--rounds",
                paramLabel = "N",
                description = "How often, in turn; the median of the ratios counts (default: ${DEFAULT-VALUE}).")
        private int rounds = 3;

        Hostile() {
            super(new LoadOptions.Defaults(32, 8, 100, 5, 10));
        }

        @Override
        BenchOptions.Measurement measurement(LoadSettings load) {
            HostileBench.Settings settings = new HostileBench.Settings(load, rate, rounds);
            return bench -> HostileBench.run(bench, settings);
        }
    }
}
