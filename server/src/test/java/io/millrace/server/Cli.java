package io.millrace.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One run of the command line in a process of its own, and what came of it.
 *
 * @param exit its exit code
 */
record Cli(int exit, String out, String err) {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final int TIMEOUT_SECONDS = 120;

    /** Returns what the launcher executes, without arguments. */
    static List<String> command() {
        return command(HOME);
    }

    /** @param home of the build to run, which may be another one */
    static List<String> command(Path home) {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-Dmillrace.home=" + home,
                "-cp",
                home.resolve("server/target/lib") + "/*",
                "io.millrace.server.cli.Main"));
    }

    static Cli run(String... arguments) throws IOException, InterruptedException {
        return run(Map.of(), arguments);
    }

    /** @param environment is added to this process's */
    static Cli run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = command();
        command.addAll(Arrays.asList(arguments));
        Path out = Files.createTempFile("cli", ".out");
        Path err = Files.createTempFile("cli", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            int exit = process.waitFor();
            String said = Files.readString(err);
            if (!ended) {
                throw new AssertionError("does not end: %s%n%s%n%s".formatted(command, Files.readString(out), said));
            }
            return new Cli(exit, Files.readString(out), said);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }
}
