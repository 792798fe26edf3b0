package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.metrics.Exposition;
import io.millrace.server.node.Connections;
import io.millrace.server.storage.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A node as its users run it: the packaged class path, in a process of its own that can be killed.
 *
 * <p>Whatever the node has started ends with this object, by process id. Confined to one thread.
 */
final class NodeProcess implements Closeable {
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration CHILDREN_TIMEOUT = Duration.ofSeconds(15);

    private final Path directory;
    private final List<String> options;
    private final Process process;
    private final Set<ProcessHandle> children = new LinkedHashSet<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private NodeProcess(Path directory, List<String> options, Process process) {
        this.directory = directory;
        this.options = options;
        this.process = process;
    }

    /** Starts a node on free ports; its API may not serve yet. */
    static NodeProcess start(Path directory, String... options) throws IOException {
        return start(directory, 0, options);
    }

    /** Starts a node on free ports, but for the warehouse: deliveries into it have its address. */
    static NodeProcess start(Path directory, int warehousePort, String... options) throws IOException {
        List<String> all =
                new ArrayList<>(List.of("--port", "0", "--s3-port", "0", "--flink-port", "0", "--sql-port", "0"));
        all.addAll(List.of("--warehouse-port", Integer.toString(warehousePort)));
        all.addAll(List.of(options));
        return launch(directory, Map.of(), all);
    }

    /** Starts a node with the API alone and the digits and letters of a locale, such as {@code ar-EG}. */
    static NodeProcess startIn(Locale locale, Path directory) throws IOException {
        String jvm = "-Duser.language=" + locale.getLanguage() + " -Duser.country=" + locale.getCountry();
        return launch(
                directory,
                Map.of("JDK_JAVA_OPTIONS", jvm),
                List.of("--port", "0", "--no-s3", "--no-flink", "--no-warehouse"));
    }

    /** Starts a node of another build, with the API and the embedded S3. */
    static NodeProcess startOf(Path home, Path directory) throws IOException {
        List<String> options = List.of("--port", "0", "--s3-port", "0", "--no-flink", "--no-warehouse");
        return launch(Cli.command(home), directory, Map.of(), options);
    }

    private static NodeProcess launch(Path directory, Map<String, String> environment, List<String> options)
            throws IOException {
        return launch(Cli.command(), directory, environment, options);
    }

    private static NodeProcess launch(
            List<String> build, Path directory, Map<String, String> environment, List<String> options)
            throws IOException {
        List<String> command = new ArrayList<>(build);
        command.addAll(List.of("server", "--data-dir", directory.toString()));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(directory).toFile()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        return new NodeProcess(directory, List.copyOf(options), process);
    }

    private static Path log(Path directory) {
        return directory.resolveSibling(directory.getFileName() + ".log");
    }

    /** Starts a node with the same directory, options and ports; this one must have ended. */
    NodeProcess again() throws IOException {
        Connections last = connections();
        List<String> same = new ArrayList<>();
        for (int i = 0; i < options.size(); i++) {
            String option = options.get(i);
            same.add(option);
            if (option.endsWith("port")) {
                String port = portOf(last, option);
                same.add(port.isEmpty() ? options.get(i + 1) : port);
                i++;
            }
        }
        return launch(directory, Map.of(), same);
    }

    private static String portOf(Connections connections, String option) {
        String url = switch (option) {
            case "--port" -> connections.api();
            case "--s3-port" ->
                connections.s3() == null ? null : connections.s3().url();
            case "--flink-port" -> connections.flink();
            case "--sql-port" -> connections.sqlGateway();
            case "--warehouse-port" ->
                connections.warehouse() == null ? null : connections.warehouse().jdbcUrl();
            default -> throw new IllegalArgumentException(option);
        };
        return url == null ? "" : url.replaceFirst(".*127.0.0.1:", "").replaceFirst("/.*", "");
    }

    Path directory() {
        return directory;
    }

    long pid() {
        return process.pid();
    }

    /** Sends a signal to a process, such as {@code STOP}. */
    static void signal(String signal, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Returns the addresses of a node that is ready. */
    Connections connections() throws IOException {
        return Connections.load(directory);
    }

    Aws aws() throws IOException {
        return new Aws(URI.create(connections().api()));
    }

    ObjectStore store() throws IOException {
        Connections.ObjectStoreAccess s3 = connections().s3();
        return new ObjectStore(URI.create(s3.url()), s3.region(), s3.accessKey(), s3.secretKey());
    }

    /** What {@code GET /health} answers. */
    record Health(int status, JsonNode page) {
        long flinkPid() {
            return page.path("parts").path("flink").path("pid").asLong(0);
        }
    }

    /** Asks for the health. @throws IOException if the API does not serve */
    Health health() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(connections().api() + "/health"))
                .timeout(Duration.ofSeconds(30))
                .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return new Health(response.statusCode(), JsonMapper.shared().readTree(response.body()));
    }

    /** Returns the sum of a figure of the node's page for Prometheus. */
    double figure(String name, Map<String, String> labels) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(connections().api() + "/metrics"))
                .timeout(Duration.ofSeconds(30))
                .build();
        return Exposition.read(
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body())
                .sum(name, labels);
    }

    /** Waits until every part serves. Returns this. */
    NodeProcess awaitReady() throws IOException, InterruptedException {
        return awaitReady(READY_TIMEOUT);
    }

    /** Waits until every part serves, on a machine that may do much else. Returns this. */
    NodeProcess awaitReady(Duration timeout) throws IOException, InterruptedException {
        boolean ready = false;
        try {
            Await.until("the node is ready; " + log(directory), timeout, () -> {
                if (!process.isAlive()) {
                    throw new IllegalStateException("the node ended with %d: %s"
                            .formatted(process.exitValue(), Files.readString(log(directory))));
                }
                return isReady();
            });
            ready = true;
        } finally {
            if (!ready) {
                close(); // nobody has it to close yet
            }
        }
        process.descendants().forEach(children::add);
        return this;
    }

    private boolean isReady() throws InterruptedException {
        try {
            return health().status() == 200;
        } catch (IOException e) {
            return false; // it does not serve yet
        }
    }

    /** Kills the Flink process with this id, at once, and waits until another one serves. */
    void killFlink(long pid) throws IOException, InterruptedException {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        Await.until("another Flink process", READY_TIMEOUT, () -> {
            Health health = health();
            return health.status() == 200 && health.flinkPid() != pid;
        });
        process.descendants().forEach(children::add);
    }

    /** Kills the node as a power cut would, and nothing else; what it has started is left to notice. */
    void kill() throws InterruptedException {
        process.descendants().forEach(children::add);
        process.destroyForcibly();
        process.waitFor();
    }

    /** Kills the node and all that it has started at once, as a power cut does. */
    void killAll() throws InterruptedException {
        process.descendants().forEach(children::add);
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
    }

    /** Asks the node to end and returns its exit code. */
    int stop() throws InterruptedException {
        process.descendants().forEach(children::add);
        process.destroy();
        if (!process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("the node does not end");
        }
        return process.waitFor();
    }

    /** Returns the processes that the node has started and that still run. */
    List<ProcessHandle> leftChildren() {
        return children.stream().filter(ProcessHandle::isAlive).toList();
    }

    @Override
    public void close() throws IOException {
        process.descendants().forEach(children::add);
        process.destroyForcibly();
        try {
            process.waitFor();
            long limit = System.nanoTime() + CHILDREN_TIMEOUT.toNanos();
            while (!leftChildren().isEmpty() && System.nanoTime() < limit) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        leftChildren().forEach(ProcessHandle::destroyForcibly);
    }
}
