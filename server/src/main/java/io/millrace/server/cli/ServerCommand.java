package io.millrace.server.cli;

import io.millrace.durable.threads.DaemonThreads;
import io.millrace.server.config.NodeOptions;
import io.millrace.server.node.DataDirectory;
import io.millrace.server.node.Installation;
import io.millrace.server.node.Node;
import io.millrace.server.node.StartException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace server}: runs a node until it is told to end. */
@Command(mixinStandardHelpOptions = true, name = "server", description = "Runs a node.", sortOptions = false)
final class ServerCommand implements Callable<Integer> {
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    @Mixin
    private NodeOptions options = new NodeOptions();

    @Option(
            names = "--on-disk-failure",
            paramLabel = "exit|refuse",
            description = {
                "After a write or a sync has failed: end the process with exit code 5, for a supervisor that starts it again,",
                "or refuse puts and go on serving reads until it is restarted (default: ${DEFAULT-VALUE})."
            },
            defaultValue = "refuse")
    private DiskFailureExit.Choice onDiskFailure = DiskFailureExit.Choice.refuse;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws StartException, InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("called without a command line");
        }
        Thread.setDefaultUncaughtExceptionHandler(new ErrorExit(System.err, Runtime.getRuntime()::halt));
        StartupLines lines = new StartupLines(System.out);
        DataDirectory.useForTemporaries(options.dataDirectory());
        Node node = Node.start(options.toConfig(spec.commandLine()), Installation.fromLauncher(), lines);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            lines.accept("stopping");
                            node.close();
                            lines.accept("stopped; data kept in " + options.dataDirectory());
                            ended.countDown();
                            // the exit code of a signal would be 143; a node that ended in order has ended well
                            Runtime.getRuntime().halt(0);
                        },
                        "shutdown"));
        if (onDiskFailure == DiskFailureExit.Choice.exit) {
            watchDisk(node, ended);
        }
        lines.accept(String.format(Locale.ROOT, "data in %s; Ctrl-C ends", options.dataDirectory()));
        if (!node.awaitReady(READY_TIMEOUT)) {
            lines.accept(String.format(
                    Locale.ROOT,
                    "not everything has started yet; %s/health says what",
                    node.connections().api()));
        }
        tellChanges(node, lines, ended);
        return 0;
    }

    /** Says when the node gets ready, and which parts no longer are and why, until it ends. */
    private static void tellChanges(Node node, Consumer<String> lines, CountDownLatch ended)
            throws InterruptedException {
        @Nullable Set<String> told = null; // the parts of the last line; of a start nothing is told before it is ready
        do {
            List<String> now = node.notReady();
            Set<String> parts =
                    now.stream().map(reason -> reason.replaceFirst(":.*", "")).collect(Collectors.toSet());
            if (now.isEmpty() && !parts.equals(told)) {
                lines.accept("ready");
                told = parts;
            } else if (told != null && !parts.equals(told)) {
                lines.accept("not ready: " + String.join("; ", now));
                told = parts;
            }
        } while (!ended.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static void watchDisk(Node node, CountDownLatch ended) {
        DiskFailureExit exit = new DiskFailureExit(node::failedForGood, System.err, Runtime.getRuntime()::halt);
        DaemonThreads.start("disk-failure", () -> {
            try {
                exit.watch(ended);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
