package io.millrace.server.bench.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.Target;
import io.millrace.server.node.Connections;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * The node that is measured: one that runs already, or a child process that is what the launcher makes, with the same
 * JVM options and class path as this process. Confined to one thread, except {@link #jcmd},
 * {@link #heapBytes} and {@link #pid}.
 */
public final class BenchNode implements Closeable {
    private static final int READY_SECONDS = 120;
    private static final int HTTP_PORT = 80;
    private static final String MAIN = "io.millrace.server.cli.Main";
    private static final String[] ALONE = {"--no-flink", "--no-s3", "--no-warehouse"};

    private final Workspace workspace;
    private final NodeSettings settings;
    private final Path directory;
    private Target target = Target.open(InetSocketAddress.createUnresolved("none", 0));
    private volatile @Nullable ChildProcess process;

    private BenchNode(Workspace workspace, NodeSettings settings) {
        this.workspace = workspace;
        this.settings = settings;
        this.directory = workspace.directory().resolve("node");
    }

    /** Starts a node on a new directory and waits until it serves; or finds the one that runs. */
    public static BenchNode start(Workspace workspace, NodeSettings settings) throws IOException, InterruptedException {
        BenchNode node = new BenchNode(workspace, settings);
        URI endpoint = settings.endpoint();
        if (endpoint == null) {
            node.launch(0);
        } else {
            node.target = new Target(address(endpoint), keyOfEnvironment());
            if (!new Calls(node.target).isHealthy()) {
                throw new IOException(String.format(
                        Locale.ROOT,
                        "%s: no node answers /health with 200; start one with './millrace server' or leave --endpoint out",
                        endpoint));
            }
        }
        return node;
    }

    private static InetSocketAddress address(URI endpoint) {
        return new InetSocketAddress(endpoint.getHost(), endpoint.getPort() < 0 ? HTTP_PORT : endpoint.getPort());
    }

    /** For a node that was started elsewhere, and perhaps with {@code --auth sigv4}. */
    private static AwsCredentialsIdentity keyOfEnvironment() {
        String id = System.getenv("AWS_ACCESS_KEY_ID");
        String secret = System.getenv("AWS_SECRET_ACCESS_KEY");
        return id == null || secret == null ? Target.ANY_KEY : AwsCredentialsIdentity.create(id, secret);
    }

    private void launch(int port) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(java("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(settings.jvmOptions());
        if (settings.jfr() != null) {
            command.add("-XX:StartFlightRecording=name=bench,settings=profile");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        command.addAll(List.of("server", "--data-dir", directory.toString(), "--port", Integer.toString(port)));
        command.addAll(List.of(ALONE));
        command.addAll(settings.options());
        ChildProcess started = ChildProcess.start(workspace, "node.out", workspace.directory(), command);
        process = started;
        if (port == 0) {
            started.await(READY_SECONDS, () -> Files.exists(directory.resolve("connections.json")));
            Connections connections = Connections.load(directory);
            Connections.ApiAccess access = connections.apiAccess();
            target = new Target(
                    address(URI.create(connections.api())),
                    AwsCredentialsIdentity.create(access.accessKey(), access.secretKey()));
        }
        Calls calls = new Calls(target);
        started.await(READY_SECONDS, calls::isHealthy);
    }

    private static String java(String program) {
        return Path.of(System.getProperty("java.home"), "bin", program).toString();
    }

    public Target target() {
        return target;
    }

    /** Returns the process that was started here. */
    public OptionalLong pid() {
        ChildProcess child = process;
        return child == null ? OptionalLong.empty() : OptionalLong.of(child.pid());
    }

    /** Returns where a node that was started here keeps its data. */
    public Path directory() {
        return directory;
    }

    /**
     * Kills the node and starts it again on the same data and port.
     *
     * @param accepts puts something; the time ends when it has been accepted
     * @return from the start of the process until it is healthy and has accepted a put
     */
    public Duration killAndRestart(Put accepts) throws IOException, InterruptedException {
        ChildProcess killed = process;
        if (killed == null) {
            throw new IllegalStateException("not started here");
        }
        killed.kill();
        workspace.remove(killed);
        long start = System.nanoTime();
        launch(target.address().getPort());
        accepts.put();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Something that a node has to accept. */
    @FunctionalInterface
    public interface Put {
        void put() throws IOException, InterruptedException;
    }

    /** Returns what {@code jcmd} says to a command, empty where there is no such program. */
    public String jcmd(String... arguments) throws IOException, InterruptedException {
        Path program = Path.of(java("jcmd"));
        ChildProcess child = process;
        if (child == null || !Files.exists(program)) {
            return "";
        }
        List<String> command = new ArrayList<>(List.of(program.toString(), Long.toString(child.pid())));
        command.addAll(List.of(arguments));
        Process asked = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(asked.getInputStream().readAllBytes(), UTF_8);
        return asked.waitFor() == 0 ? said : "";
    }

    /** Returns how many bytes of the heap are in use, garbage included; 0 where that cannot be asked. */
    public long heapBytes() throws IOException, InterruptedException {
        return HeapInfo.usedBytes(jcmd("GC.heap_info"));
    }

    /** Ends a node that was started here. */
    @Override
    public void close() throws IOException {
        ChildProcess child = process;
        if (child == null) {
            return;
        }
        saveRecording();
        child.close();
        process = null;
    }

    /** Before the end, since a node ends its JVM without waiting for anything. */
    private void saveRecording() throws IOException {
        Path file = settings.jfr();
        if (file == null) {
            return;
        }
        try {
            String said = jcmd("JFR.stop", "name=bench", "filename=" + file.toAbsolutePath());
            if (!Files.exists(file)) {
                throw new IOException(String.format(
                        Locale.ROOT,
                        "--jfr %s: nothing was recorded (%s); is this a JDK with jcmd?",
                        file,
                        said.strip()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
