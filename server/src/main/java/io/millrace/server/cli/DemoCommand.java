package io.millrace.server.cli;

import io.millrace.analytics.control.SqlException;
import io.millrace.server.config.NodeConfig;
import io.millrace.server.config.NodeOptions;
import io.millrace.server.demo.Demo;
import io.millrace.server.node.Connections;
import io.millrace.server.node.DataDirectory;
import io.millrace.server.node.Installation;
import io.millrace.server.node.Node;
import io.millrace.server.node.StartException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace demo}: starts a node on a fresh directory, runs the main job on real data and shows it. */
@Command(
        mixinStandardHelpOptions = true,
        name = "demo",
        description = {
            "Starts everything, runs the main job on real data and shows the results.",
            "It begins on an empty directory: without --data-dir, it empties the one that the last demo has made."
        },
        sortOptions = false)
final class DemoCommand implements Callable<Integer> {
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(2);

    @Option(names = "--once", description = "Print the results and end; exit code 0 only when all agree.")
    private boolean once;

    @Mixin
    private NodeOptions options = new NodeOptions();

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    /** Says in the help what the demo does other than a server where the user says nothing. */
    static void describeDefaults(CommandLine.Model.CommandSpec spec) {
        for (CommandLine.Model.OptionSpec option : List.copyOf(spec.options())) {
            spec.remove(option); // each of them, so that their order stays
            spec.addOption(CommandLine.Model.OptionSpec.builder(option)
                    .description(describe(option.longestName(), option.description()))
                    .build());
        }
    }

    private static String[] describe(String name, String[] description) {
        if (name.equals("--data-dir")) {
            return new String[] {
                "Where everything is kept (default: " + DemoDefaults.OWN_DIRECTORY
                        + ", emptied first); a directory that is named has to be empty."
            };
        }
        return DemoDefaults.FREE_PORTS.contains(name)
                ? new String[] {description[0].replaceFirst("default: [0-9]+", "$0, or a free one where that is taken")}
                : description;
    }

    @Override
    public Integer call()
            throws StartException, IOException, UserException, SqlException, SQLException, InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("called without a command line");
        }
        PrintStream out = System.out;
        StartupLines lines = new StartupLines(out);
        Installation installation = Installation.fromLauncher();
        DemoDefaults defaults = new DemoDefaults(spec.commandLine().getParseResult(), lines);
        NodeConfig config = defaults.apply(options.toConfig(spec.commandLine()));
        DataDirectory.useForTemporaries(defaults.directory());
        Node node = Node.start(config, installation, lines);
        AtomicBoolean stopping = new AtomicBoolean();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopping.set(true);
                            lines.accept("stopping");
                            node.close();
                        },
                        "shutdown"));
        if (!node.awaitReady(READY_TIMEOUT)) {
            throw new UserException(String.format(
                    Locale.ROOT,
                    "not everything started within %d s: %s",
                    READY_TIMEOUT.toSeconds(),
                    String.join("; ", node.notReady())));
        }
        Demo demo = new Demo(
                node.connections(),
                installation.sqlApplications(),
                defaults.directory().resolve("query-cache"),
                lines,
                out);
        boolean agreed;
        try {
            agreed = demo.run();
        } catch (RuntimeException e) {
            if (stopping.get()) {
                new CountDownLatch(1).await(); // the node is being closed under the demo; the process ends soon
            }
            throw e;
        }
        lines.accept("demo: done");
        if (once) {
            return agreed ? 0 : 1;
        }
        showWhereToGoOn(out, node.connections(), config);
        new CountDownLatch(1).await(); // until Ctrl-C
        return 0;
    }

    private static void showWhereToGoOn(PrintStream out, Connections connections, NodeConfig config) {
        Path directory = config.dataDirectory();
        Connections.ObjectStoreAccess s3 = connections.s3();
        Connections.WarehouseAccess warehouse = connections.warehouse();
        out.println();
        out.println(String.format(Locale.ROOT, "API        %s   (%s)", connections.api(), keysFor(config)));
        out.println("Flink      ./millrace flink-ui prints a link to its web UI");
        if (s3 != null) {
            out.println(String.format(
                    Locale.ROOT,
                    "S3         %s   (access key %s, secret key %s)",
                    s3.url(),
                    s3.accessKey(),
                    s3.secretKey()));
        }
        if (warehouse != null) {
            out.println(String.format(
                    Locale.ROOT,
                    "Warehouse  %s   (user %s, password in %s/connections.json)",
                    warehouse.jdbcUrl(),
                    warehouse.user(),
                    directory));
        }
        out.println();
        out.println("Try, in another terminal:");
        out.println(String.format(Locale.ROOT, "  aws --endpoint-url %s kinesis list-streams", connections.api()));
        out.println(
                "  ./millrace query \"SELECT origin, count(*) AS flights FROM 's3://lake/flights/**/*.parquet' GROUP"
                        + " BY 1 ORDER BY 2 DESC LIMIT 5\"");
        out.println("  ./millrace sql --list");
        out.println();
        out.println("Ctrl-C ends everything; the data stays in " + directory);
    }

    private static String keysFor(NodeConfig config) {
        return config.auth() instanceof NodeConfig.Auth.Off
                ? "any access key and secret"
                : String.format(
                        Locale.ROOT, "with a key of './millrace keys add --data-dir %s'", config.dataDirectory());
    }
}
