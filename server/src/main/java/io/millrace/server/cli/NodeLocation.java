package io.millrace.server.cli;

import io.millrace.server.node.Connections;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which node a command speaks to: the one of a data directory, by default the one started last in the usual places. */
final class NodeLocation {
    private static final List<Path> USUAL = List.of(Path.of("data"), Path.of("data/demo"));

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Data directory of the node (default: data or data/demo, whichever was started last).")
    private @Nullable Path dataDirectory;

    Connections connections() throws IOException {
        return Connections.load(directory());
    }

    /** @throws UserException if the directory is not there or is no node's; nothing is made */
    void requireNode() throws UserException {
        Path directory = directory();
        if (!Files.isDirectory(directory)) {
            throw UserException.wrongCommandLine(
                    "data directory " + directory + ": does not exist; name that of a node with --data-dir");
        }
        if (!Files.isRegularFile(directory.resolve("format"))) {
            throw UserException.wrongCommandLine("data directory " + directory
                    + ": is not that of a node (no file 'format'); name another with --data-dir");
        }
    }

    Path directory() {
        if (dataDirectory != null) {
            return dataDirectory;
        }
        Optional<Path> newest = USUAL.stream()
                .filter(directory -> Files.exists(directory.resolve("connections.json")))
                .max(Comparator.comparing(NodeLocation::changed));
        return newest.orElse(USUAL.get(0));
    }

    private static FileTime changed(Path directory) {
        try {
            return Files.getLastModifiedTime(directory.resolve("connections.json"));
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
