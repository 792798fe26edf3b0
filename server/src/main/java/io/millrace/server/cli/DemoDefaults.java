package io.millrace.server.cli;

import io.millrace.durable.disk.Directories;
import io.millrace.server.config.NodeConfig;
import io.millrace.server.files.FileTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * What the demo does other than a server where the user says nothing: it begins on an empty directory of its own, and
 * takes a free port where the usual one is busy.
 */
final class DemoDefaults {
    static final Path OWN_DIRECTORY = Path.of("data/demo");

    /** A file of this name in its directory says that a demo has made it, and that the next may empty it. */
    private static final String MARK = "demo";

    /** Options of ports that give way when they are busy. */
    static final Set<String> FREE_PORTS =
            Set.of("--port", "--s3-port", "--flink-port", "--sql-port", "--warehouse-port");

    private final CommandLine.ParseResult given;
    private final Path own;
    private Path directory;

    private final Consumer<String> progress;

    DemoDefaults(CommandLine.ParseResult given, Consumer<String> progress) {
        this(given, OWN_DIRECTORY, progress);
    }

    /** @param own the directory of a demo whose user names none */
    DemoDefaults(CommandLine.ParseResult given, Path own, Consumer<String> progress) {
        this.given = given;
        this.own = own;
        this.directory = own;
        this.progress = progress;
    }

    Path directory() {
        return directory;
    }

    /** @throws UserException if the user's own directory is not empty: the demo's numbers would not be */
    NodeConfig apply(NodeConfig asked) throws IOException, UserException {
        if (given.hasMatchedOption("--data-dir")) {
            directory = asked.dataDirectory();
            refuseContent(directory);
        } else {
            directory = own.toAbsolutePath();
            clear(directory);
            Directories.create(directory);
            Files.writeString(directory.resolve(MARK), "made by 'millrace demo', which empties it at its next start\n");
        }
        NodeConfig.S3 s3 = asked.s3();
        if (s3 instanceof NodeConfig.S3.Embedded embedded) {
            s3 = new NodeConfig.S3.Embedded(port("--s3-port", embedded.port()), embedded.keys());
        }
        NodeConfig.Flink flink = asked.flink();
        if (flink instanceof NodeConfig.Flink.Embedded embedded) {
            flink = new NodeConfig.Flink.Embedded(
                    port("--flink-port", embedded.restPort()),
                    port("--sql-port", embedded.sqlPort()),
                    embedded.files(),
                    true,
                    embedded.size());
        }
        NodeConfig.Warehouse warehouse = asked.warehouse();
        if (warehouse instanceof NodeConfig.Warehouse.Embedded embedded) {
            warehouse = new NodeConfig.Warehouse.Embedded(port("--warehouse-port", embedded.port()));
        }
        return new NodeConfig(
                directory,
                asked.bind(),
                port("--port", asked.port()),
                asked.auth(),
                asked.log(),
                asked.streams(),
                s3,
                flink,
                asked.checkpointInterval(),
                warehouse);
    }

    /** A port that the user named is taken or refused; another gives way when it is busy. */
    private int port(String option, int port) {
        if (given.hasMatchedOption(option)) {
            return port;
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return port;
        } catch (IOException e) {
            return 0;
        }
    }

    private static void refuseContent(Path directory) throws IOException, UserException {
        if (Files.isDirectory(directory) && !isEmpty(directory)) {
            throw new UserException(
                    "data directory " + directory + ": is not empty; the demo begins with an empty one");
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> content = Files.list(directory)) {
            return content.findAny().isEmpty();
        }
    }

    private void clear(Path directory) throws IOException, UserException {
        if (!Files.exists(directory) || isEmpty(directory)) {
            return;
        }
        if (!Files.isRegularFile(directory.resolve(MARK))) {
            throw new UserException("data directory " + directory + ": was not made by the demo, which would empty it;"
                    + " move it away or choose another with --data-dir");
        }
        if (isInUse(directory)) {
            throw new UserException(String.format(
                    Locale.ROOT,
                    "data directory %s: a demo is running on it; stop that one or choose another with --data-dir",
                    directory));
        }
        progress.accept("Demo       empties " + directory + ", which an earlier demo has made");
        FileTree.delete(directory);
    }

    private static boolean isInUse(Path directory) throws IOException {
        Path lock = directory.resolve("lock");
        if (!Files.exists(lock)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            return held == null;
        }
    }
}
