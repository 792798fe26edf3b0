package io.millrace.server.cli;

import io.millrace.server.bench.Bench;
import io.millrace.server.bench.Report;
import io.millrace.server.bench.host.NodeSettings;
import io.millrace.server.bench.host.Workspace;
import io.millrace.server.node.Installation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that all measurements have, and what all of them do before and after. */
final class BenchOptions {
    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "Measure the node that runs here (default: start one, as the launcher does).")
    private @Nullable URI endpoint;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "Where the data under measurement goes, on a disk (default: a directory in this one, removed at"
                            + " the end).")
    private @Nullable Path dataDirectory;

    @Option(
            names = "--full-page-cache",
            negatable = true,
            description =
                    "Fill the system's page cache before each side, as it is on a machine that has run for a while"
                            + " (default: when there is something to compare with).")
    private @Nullable Boolean fullPageCache;

    @Option(
            names = "--node-option",
            paramLabel = "OPTION",
            description = "Option of 'millrace server' for the node that is started; repeatable."
                    + " Example: --node-option=--durability=os")
    private List<String> nodeOptions = new ArrayList<>();

    @Option(
            names = "--node-jvm",
            paramLabel = "OPTION",
            description = "JVM option for the node that is started; repeatable. Example: --node-jvm=-Xmx1g")
    private List<String> nodeJvm = new ArrayList<>();

    @Option(
            names = "--jfr",
            paramLabel = "FILE",
            description = "Record the node that is started with the Java Flight Recorder.")
    private @Nullable Path jfr;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON, too.")
    private @Nullable Path json;

    /** A measurement. */
    @FunctionalInterface
    interface Measurement {
        Report run(Bench bench) throws IOException, InterruptedException;
    }

    /**
     * Runs a measurement and shows it.
     *
     * @param compares whether it has several sides, which should find the memory alike
     * @return the exit code: 1 when something went wrong that its figures hold
     */
    int run(Measurement measurement, boolean compares) throws IOException, InterruptedException {
        NodeSettings node = new NodeSettings(endpoint, nodeOptions, nodeJvm, jfr);
        try (Workspace workspace = Workspace.open(dataDirectory)) {
            StartupLines lines = new StartupLines(System.out);
            Bench bench = new Bench(workspace, node, Installation.fromLauncher().home(), lines);
            if (fullPageCache == null ? compares : fullPageCache) {
                workspace.fillPageCache(lines);
            }
            return show(workspace, measurement, bench);
        }
    }

    private int show(Workspace workspace, Measurement measurement, Bench bench)
            throws IOException, InterruptedException {
        try {
            Report report = measurement.run(bench);
            report.print(System.out);
            report.write(json);
            return report.hasErrors() ? 1 : 0;
        } catch (IOException | RuntimeException e) {
            if (workspace.isClosed()) {
                new CountDownLatch(1).await(); // Ctrl-C took away what was measured; the process ends soon
            }
            throw e;
        }
    }
}
