package io.millrace.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A real browser without a window, which shows a page and tells what has become of it. */
record Chromium(Path program) {
    private static final int TIMEOUT_SECONDS = 120;
    private static final Pattern PATH_SEPARATOR = Pattern.compile(":");

    /** Returns the browser of this machine. */
    static Optional<Chromium> find() {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin");
        List<String> folders = PATH_SEPARATOR.splitAsStream(path).toList();
        for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
            for (String folder : folders) {
                Path program = Path.of(folder, name);
                if (Files.isExecutable(program)) {
                    return Optional.of(new Chromium(program));
                }
            }
        }
        return Optional.empty();
    }

    /** Opens a page in a new profile and returns its document, after its scripts have run. */
    String open(Path scratch, String url, String... options) throws IOException, InterruptedException {
        Path profile = Files.createTempDirectory(scratch, "profile");
        Path out = Files.createTempFile(scratch, "page", ".html");
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile));
        command.addAll(List.of(options));
        command.addAll(List.of("--dump-dom", url));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new IOException("the browser does not end: " + String.join(" ", command));
        }
        return Files.readString(out);
    }
}
