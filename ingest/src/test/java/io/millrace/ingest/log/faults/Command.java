package io.millrace.ingest.log.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A command of the system that is run to its end. */
final class Command {
    private static final int LIMIT_SECONDS = 60;

    private Command() {}

    /** Runs a command and returns what it printed. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("%s: does not end (so far: %s)".formatted(String.join(" ", command), output));
        }
        if (process.exitValue() != 0) {
            throw new IOException("%s: exit %d: %s".formatted(String.join(" ", command), process.exitValue(), output));
        }
        return output;
    }

    /** Tells whether there is a program of this name. */
    static boolean exists(String name) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }
}
