package io.millrace.server.bench.host;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** One Kafka broker that is its own controller, in a JVM with 512 MB of heap, from the artifacts on Maven Central. */
public final class KafkaBroker implements Closeable {
    private static final int FETCH_SECONDS = 600;
    private static final int START_SECONDS = 60;
    private static final int TOOL_SECONDS = 900;
    private static final List<String> HEAP = List.of("-Xms512m", "-Xmx512m");

    private final Workspace workspace;
    private final Path libraries;
    private final ChildProcess process;
    private final int port;

    private KafkaBroker(Workspace workspace, Path libraries, ChildProcess process, int port) {
        this.workspace = workspace;
        this.libraries = libraries;
        this.process = process;
        this.port = port;
    }

    /** Fetches it if that has not been done, starts it on an empty directory and waits until it serves. */
    public static KafkaBroker start(Workspace workspace, Path home, Consumer<String> lines)
            throws IOException, InterruptedException {
        Path libraries = home.resolve("server/target/bench/kafka");
        if (!Files.exists(libraries.resolve("fetched"))) {
            fetch(workspace, home, libraries, lines);
        }
        Path directory = Files.createDirectories(workspace.directory().resolve("kafka"));
        int port = FreePort.find();
        Path properties = directory.resolve("server.properties");
        Files.writeString(properties, properties(directory.resolve("data"), port, FreePort.find()));
        String cluster = UUID.randomUUID().toString().replace("-", "").substring(0, 22);
        java(
                        workspace,
                        libraries,
                        "kafka-format",
                        List.of("kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties.toString()))
                .awaitEnd(START_SECONDS);
        ChildProcess broker = java(workspace, libraries, "kafka", List.of("kafka.Kafka", properties.toString()));
        broker.await(START_SECONDS, () -> FreePort.isOpen(port));
        return new KafkaBroker(workspace, libraries, broker, port);
    }

    private static void fetch(Workspace workspace, Path home, Path libraries, Consumer<String> lines)
            throws IOException, InterruptedException {
        lines.accept("fetching Kafka with Maven");
        ChildProcess.start(
                        workspace,
                        "maven",
                        home,
                        List.of(
                                "mvn",
                                "-B",
                                "-ntp",
                                "-q",
                                "-f",
                                home.resolve("server/src/bench/kafka/pom.xml").toString(),
                                "dependency:copy-dependencies",
                                "-DoutputDirectory=" + libraries))
                .awaitEnd(FETCH_SECONDS);
        Files.writeString(libraries.resolve("fetched"), "");
    }

    private static String properties(Path data, int port, int controllerPort) {
        Map<String, String> properties = new TreeMap<>(Map.of(
                "process.roles", "broker,controller",
                "node.id", "1",
                "listeners",
                        String.format(
                                Locale.ROOT,
                                "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d",
                                port,
                                controllerPort),
                "controller.listener.names", "CONTROLLER",
                "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.quorum.voters", "1@127.0.0.1:" + controllerPort,
                "log.dirs", data.toString()));
        for (String internal : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            properties.put(internal + ".replication.factor", "1");
        }
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("share.coordinator.state.topic.min.isr", "1");
        properties.put("log.cleaner.dedupe.buffer.size", "4194304");
        return properties.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static ChildProcess java(Workspace workspace, Path libraries, String name, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(HEAP);
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.addAll(List.of("-cp", libraries + "/*"));
        command.addAll(arguments);
        return ChildProcess.start(workspace, name, workspace.directory(), command);
    }

    /**
     * Makes a topic.
     *
     * @param configs as {@code name=value}
     */
    public void createTopic(String name, int partitions, String... configs) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "org.apache.kafka.tools.TopicCommand",
                "--bootstrap-server",
                "127.0.0.1:" + port,
                "--create",
                "--topic",
                name,
                "--partitions",
                Integer.toString(partitions),
                "--replication-factor",
                "1"));
        for (String config : configs) {
            arguments.addAll(List.of("--config", config));
        }
        java(workspace, libraries, "kafka-topic", arguments).awaitEnd(START_SECONDS);
    }

    /** Runs the producer that Kafka measures itself with, as fast as it goes. */
    public ProducerRun produce(String topic, long records, int recordBytes, long warmupRecords)
            throws IOException, InterruptedException {
        Files.deleteIfExists(workspace.directory().resolve("kafka-producer.log"));
        List<String> arguments = new ArrayList<>(List.of(
                "org.apache.kafka.tools.ProducerPerformance",
                "--topic",
                topic,
                "--num-records",
                Long.toString(records + warmupRecords),
                "--record-size",
                Integer.toString(recordBytes),
                "--throughput",
                "-1",
                "--bootstrap-server",
                "127.0.0.1:" + port,
                "--command-property",
                "acks=all",
                "batch.size=262144",
                "linger.ms=5"));
        if (warmupRecords > 0) {
            arguments.addAll(Arrays.asList("--warmup-records", Long.toString(warmupRecords)));
        }
        ChildProcess producer = java(workspace, libraries, "kafka-producer", arguments);
        producer.awaitEnd(TOOL_SECONDS);
        return ProducerRun.lastOf(Files.readAllLines(producer.log()));
    }

    public long pid() {
        return process.pid();
    }

    /** Ends it without its orderly shutdown, which takes 8 s and whose data nobody wants. */
    @Override
    public void close() {
        process.kill();
        workspace.remove(process);
    }
}
