package io.millrace.server.flink;

import io.millrace.durable.disk.Directories;
import io.millrace.server.process.Pauses;
import io.millrace.server.process.ProcessStatus;
import io.millrace.server.process.SupervisedProcess;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The embedded Flink cluster: JobManager, TaskManager and SQL gateway in one child JVM on 127.0.0.1, started again when
 * it ends by itself.
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

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ARCHIVING_STOP_TIMEOUT = Duration.ofSeconds(30);
    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private final SupervisedProcess process;
    private final ClassArchive archive;
    private final Path doorFile;
    private volatile @Nullable FlinkDoor door;

    /**
     * How large the cluster is.
     *
     * @param heap as {@code -Xmx} takes it
     * @param slots how many tasks run at once
     */
    public record Size(String heap, int slots) {}

    /**
     * How the cluster is started.
     *
     * @param libDirectory holds its jars
     * @param directory holds checkpoints, savepoints, uploaded jars and logs; for one cluster at a time
     * @param restPort the port that is taken if it is free; {@link FlinkProcess#door()} tells which one it is
     * @param sqlPort likewise
     * @param files folders that jobs may read and write as files, besides Flink's own
     * @param flinkSettings win over the cluster's own
     * @param environment is added to this process's
     */
    public record Settings(
            Path libDirectory,
            Path directory,
            int restPort,
            int sqlPort,
            Size size,
            List<Path> files,
            Map<String, String> flinkSettings,
            Map<String, String> environment) {

        public Settings {
            files = List.copyOf(files);
            flinkSettings = Map.copyOf(flinkSettings);
            environment = Map.copyOf(environment);
        }

        /** Returns the settings without those of Flink and the environment, where keys are. */
        @Override
        public String toString() {
            return "Settings[libDirectory=" + libDirectory + ", directory=" + directory + ", restPort=" + restPort
                    + ", sqlPort=" + sqlPort + ", files=" + files + "]";
        }
    }

    private FlinkProcess(SupervisedProcess process, ClassArchive archive, Path doorFile) {
        this.process = process;
        this.archive = archive;
        this.doorFile = doorFile;
    }

    /**
     * Starts the process and returns at once; the cluster answers at its REST port after two to ten seconds, two to
     * three once an installation has its archive of classes, which the first orderly end writes.
     *
     * @throws IOException if there are no jars or the process cannot be started
     */
    public static FlinkProcess start(Settings settings) throws IOException {
        return start(settings, true);
    }

    /**
     * As {@link #start}, for a cluster that is to end quickly: it uses an archive of classes but does not write one.
     */
    public static FlinkProcess startBriefly(Settings settings) throws IOException {
        return start(settings, false);
    }

    private static FlinkProcess start(Settings settings, boolean mayArchive) throws IOException {
        Path directory = settings.directory().toAbsolutePath();
        Directories.create(directory);
        List<Path> jars = jars(settings.libDirectory());
        ClassArchive archive = ClassArchive.of(settings.libDirectory(), jars, mayArchive);
        List<String> options = new ArrayList<>(archive.options());
        options.addAll(arguments(settings, directory, jars));
        ArgumentFile file = ArgumentFile.write(directory.resolve("flink.args"), options);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ProcessBuilder builder = new ProcessBuilder(java, file.option())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("flink.out").toFile()));
        builder.environment().putAll(settings.environment());
        return new FlinkProcess(
                SupervisedProcess.start("Flink", builder::start, Pauses.OF_PROCESSES, InstantSource.system()),
                archive,
                FlinkDoor.file(directory));
    }

    private static List<String> arguments(Settings settings, Path directory, List<Path> jars) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of(
                "-XX:+UseSerialGC",
                "-Xmx" + settings.size().heap(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+PerfDisableSharedMem")); // its file would stay in the system's temporary folder after a kill
        for (String opened : OPENED_PACKAGES) {
            arguments.addAll(List.of("--add-opens", String.format(Locale.ROOT, "java.base/%s=ALL-UNNAMED", opened)));
        }
        arguments.add("-Dlog.file=" + directory.resolve("flink.log"));
        arguments.add("-Djava.io.tmpdir=" + directory.resolve("tmp")); // emptied at each start
        arguments.addAll(List.of("-cp", classPath(jars), MAIN_CLASS));
        arguments.addAll(List.of("--rest-port", Integer.toString(settings.restPort())));
        arguments.addAll(List.of("--sql-port", Integer.toString(settings.sqlPort())));
        arguments.addAll(List.of("--dir", directory.toString()));
        arguments.addAll(List.of("--slots", Integer.toString(settings.size().slots())));
        if (!settings.files().isEmpty()) { // the java command drops an empty argument of its file
            arguments.addAll(List.of("--files", joined(settings.files())));
        }
        new TreeMap<>(settings.flinkSettings()).forEach((key, value) -> arguments.add("-D" + key + "=" + value));
        return arguments;
    }

    /** Names the jars one by one: a wildcard would take them in the order of the file system. */
    private static String classPath(List<Path> jars) {
        return joined(jars);
    }

    private static String joined(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> jars(Path libDirectory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(libDirectory.toAbsolutePath(), "*.jar")) {
            TreeSet<Path> jars = new TreeSet<>();
            files.forEach(jars::add);
            if (jars.isEmpty()) {
                throw new IOException(
                        String.format(Locale.ROOT, "%s: no jars (expected: the libraries of Flink)", libDirectory));
            }
            return List.copyOf(jars);
        }
    }

    /** Returns how the process stands; its REST port tells whether the cluster serves. */
    public ProcessStatus status() {
        return process.status();
    }

    /** Has something done whenever the process has ended by itself. It must not wait and not throw. */
    public void onEnd(Runnable action) {
        process.onEnd(action);
    }

    /** Kills a process that no longer answers; it is started again. */
    public void killHanging(String reason) {
        process.killHanging(reason);
    }

    /**
     * Returns where the child that runs now listens, as it says itself: a port that another process holds is never
     * taken for the child's.
     *
     * @throws IOException if the child does not run, or has not started yet
     */
    public FlinkDoor door() throws IOException {
        ProcessStatus status = process.status();
        long pid = status.pid();
        if (!status.isRunning()) {
            throw new IOException("Flink does not run");
        }
        FlinkDoor known = door;
        if (known == null || known.pid() != pid) {
            known = FlinkDoor.read(doorFile);
            if (known.pid() != pid) {
                throw new IOException("Flink has not started yet");
            }
            door = known;
        }
        return known;
    }

    /** Ends the process: in order, or by force after ten seconds, or thirty where it archives its classes. */
    @Override
    public void close() {
        Duration patience = archive.isToBeWritten() ? ARCHIVING_STOP_TIMEOUT : STOP_TIMEOUT;
        if (process.stop(List.of(Process::destroy), patience) == ENDED_BY_SIGTERM) {
            archive.keep();
        } else {
            archive.discard();
        }
    }
}
