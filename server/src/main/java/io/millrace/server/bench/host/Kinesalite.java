package io.millrace.server.bench.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** kinesalite with LevelDB on the disk, as npm has it. */
public final class Kinesalite implements Closeable {
    private static final String VERSION = "3.3.3";
    private static final int INSTALL_SECONDS = 300;
    private static final int START_SECONDS = 30;

    private final ChildProcess process;
    private final int port;

    private Kinesalite(ChildProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Fetches it if that has not been done, starts it on an empty directory and waits until it serves. */
    public static Kinesalite start(Workspace workspace, Path home, Consumer<String> lines)
            throws IOException, InterruptedException {
        Path installed = home.resolve("server/target/bench/kinesalite");
        if (!Files.exists(installed.resolve("node_modules/kinesalite/cli.js"))) {
            install(workspace, installed, lines);
        }
        int port = FreePort.find();
        Path data = Files.createDirectories(workspace.directory().resolve("kinesalite"));
        ChildProcess process = ChildProcess.start(
                workspace,
                "kinesalite",
                installed,
                List.of(
                        "node",
                        "-r",
                        home.resolve("server/src/bench/kinesalite/loopback.js").toString(),
                        "node_modules/kinesalite/cli.js",
                        "--port",
                        Integer.toString(port),
                        "--path",
                        data.toString(),
                        "--createStreamMs",
                        "1",
                        "--shardLimit",
                        "10000"));
        process.await(START_SECONDS, () -> FreePort.isOpen(port));
        return new Kinesalite(process, port);
    }

    private static void install(Workspace workspace, Path installed, Consumer<String> lines)
            throws IOException, InterruptedException {
        lines.accept(String.format(Locale.ROOT, "fetching kinesalite %s with npm", VERSION));
        Files.createDirectories(installed);
        ChildProcess.start(
                        workspace,
                        "npm",
                        installed,
                        List.of(
                                "npm",
                                "install",
                                "--no-audit",
                                "--no-fund",
                                "--no-package-lock",
                                "--prefix",
                                installed.toString(),
                                "kinesalite@" + VERSION))
                .awaitEnd(INSTALL_SECONDS);
    }

    public InetSocketAddress address() {
        return FreePort.loopback(port);
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.close();
    }
}
