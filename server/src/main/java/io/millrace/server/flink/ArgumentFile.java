package io.millrace.server.flink;

import io.millrace.durable.disk.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The arguments of a JVM in a file of {@code java @file} that its owner alone can read: among them are keys, and every
 * user of a machine can read a command line.
 */
record ArgumentFile(Path file) {

    /** Writes or replaces the file. One line an argument, in quotes, in which a backslash escapes. */
    static ArgumentFile write(Path file, List<String> arguments) throws IOException {
        String lines = arguments.stream().map(ArgumentFile::quoted).collect(Collectors.joining("\n"));
        AtomicFile.writePrivate(file, lines.getBytes(StandardCharsets.UTF_8));
        return new ArgumentFile(file);
    }

    private static String quoted(String argument) {
        String escaped = argument.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
        return '"' + escaped + '"';
    }

    /** Returns what stands for the arguments on the command line. */
    String option() {
        return "@" + file;
    }
}
