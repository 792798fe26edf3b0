package io.millrace.server.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The arguments of a JVM in a file of {@code java @file} that its owner alone can read: among them are keys, and every
 * user of a machine can read a command line.
 */
record ArgumentFile(Path file) {

    /** Writes or replaces the file. One line an argument, in quotes, in which a backslash escapes. */
    static ArgumentFile write(Path file, List<String> arguments) throws IOException {
        Path unfinished = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "arguments",
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                unfinished, arguments.stream().map(ArgumentFile::quoted).collect(Collectors.joining("\n")));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
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
