package io.millrace.server.flink;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The embedded Flink cluster: JobManager, TaskManager and SQL gateway in one child JVM on 127.0.0.1, started again when it
 * ends by itself.
 *
 * <p>It ends with this process, however that ends, since it watches its standard input. A restart loses no job's state,
 * which is in its checkpoints, but the jobs themselves: whoever wants them running submits them again. Thread-safe.
 */
public final class FlinkProcess implements Closeable {
    private static final String MAIN_CLASS = "io.millrace.analytics.runtime.EmbeddedCluster";

    /** What Flink reaches into; the list that its own scripts have. */
    private static final List<String> OPENED_PACKAGES = List.of(
            "java.lang",
            "java.lang.reflect",
            "java.net",
            "java.io",
            "java.nio",
            "java.nio.channels",
            "java.text",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks",
            "sun.nio.ch");

    private final SupervisedProcess process;

    /**
     * How the cluster is started.
     *
     * @param libDirectory holds its jars
     * @param directory holds checkpoints, savepoints, uploaded jars and logs; for one cluster at a time
     * @param flinkSettings win over the cluster's own
     * @param environment is added to this process's
     */
    public record Settings(
            Path libDirectory,
            Path directory,
            int restPort,
            int sqlPort,
            Map<String, String> flinkSettings,
            Map<String, String> environment) {

        public Settings {
            flinkSettings = Map.copyOf(flinkSettings);
            environment = Map.copyOf(environment);
        }

        /** Returns the settings without those of Flink and the environment, where keys are. */
        @Override
        public String toString() {
            return "Settings[libDirectory=%s, directory=%s, restPort=%d, sqlPort=%d]"
                    .formatted(libDirectory, directory, restPort, sqlPort);
        }
    }

    private FlinkProcess(SupervisedProcess process) {
        this.process = process;
    }

    /**
     * Starts the process and returns at once; the cluster answers at its REST port after two to six seconds.
     *
     * @throws IOException if there are no jars or the process cannot be started
     */
    public static FlinkProcess start(Settings settings) throws IOException {
        Path directory = Files.createDirectories(settings.directory().toAbsolutePath());
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ArgumentFile arguments = ArgumentFile.write(directory.resolve("flink.args"), arguments(settings, directory));
        ProcessBuilder builder = new ProcessBuilder(java, arguments.option())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("flink.out").toFile()));
        builder.environment().putAll(settings.environment());
        return new FlinkProcess(SupervisedProcess.start("Flink", builder, SupervisedProcess.Pauses.USUAL));
    }

    private static List<String> arguments(Settings settings, Path directory) throws IOException {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(
                List.of("-XX:+UseSerialGC", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"));
        for (String opened : OPENED_PACKAGES) {
            arguments.addAll(List.of("--add-opens", "java.base/%s=ALL-UNNAMED".formatted(opened)));
        }
        arguments.add("-Dlog.file=" + directory.resolve("flink.log"));
        arguments.addAll(List.of("-cp", classPath(settings.libDirectory()), MAIN_CLASS));
        arguments.addAll(List.of("--rest-port", Integer.toString(settings.restPort())));
        arguments.addAll(List.of("--sql-port", Integer.toString(settings.sqlPort())));
        arguments.addAll(List.of("--dir", directory.toString()));
        new TreeMap<>(settings.flinkSettings()).forEach((key, value) -> arguments.add("-D" + key + "=" + value));
        return arguments;
    }

    /** Names the jars one by one: a wildcard would take them in the order of the file system. */
    private static String classPath(Path libDirectory) throws IOException {
        TreeSet<String> jars = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(libDirectory.toAbsolutePath(), "*.jar")) {
            files.forEach(jar -> jars.add(jar.toString()));
        }
        if (jars.isEmpty()) {
            throw new IOException("%s: no jars (expected: the libraries of Flink)".formatted(libDirectory));
        }
        return String.join(":", jars);
    }

    /** Returns the process id of the child that runs, or ran last. */
    public long pid() {
        return process.pid();
    }

    /** Tells whether the process runs; its REST port tells whether the cluster does. */
    public boolean isRunning() {
        return process.isRunning();
    }

    /** Returns how often the process ended by itself and was started again. */
    public int restarts() {
        return process.restarts();
    }

    /** Ends the process: in order, which takes about three seconds, or by force after ten. */
    @Override
    public void close() {
        process.close();
    }
}
