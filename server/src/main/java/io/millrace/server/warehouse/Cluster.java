package io.millrace.server.warehouse;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.server.files.FileTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The files of one warehouse, and the commands that work on them.
 *
 * <pre>
 *  data/         the PostgreSQL cluster; made under another name, so it is there whole or not at all
 *  password      of the only user, random, readable by the owner alone
 *  postgres.log  what the server says
 * </pre>
 */
final class Cluster {
    static final String USER = "millrace";
    private static final int PASSWORD_BYTES = 24;
    private static final FileAttribute<?> OWNER_ONLY_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> OWNER_ONLY_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;
    private final Path programs;
    private final RunAs runAs;
    private final String password;

    private Cluster(Path directory, Path programs, RunAs runAs, String password) {
        this.directory = directory;
        this.programs = programs;
        this.runAs = runAs;
        this.password = password;
    }

    /** Opens the warehouse of a directory that exists, making the cluster when there is none. */
    static Cluster open(Path directory, Path installed) throws IOException, InterruptedException {
        RunAs runAs = RunAs.of(installed, directory.resolve("data"));
        Cluster cluster = new Cluster(directory, installed.resolve("bin"), runAs, password(directory));
        if (!Files.exists(cluster.data())) {
            cluster.initialise();
        }
        return cluster;
    }

    Path data() {
        return directory.resolve("data");
    }

    Path log() {
        return directory.resolve("postgres.log");
    }

    String password() {
        return password;
    }

    /** Returns what starts the server, listening on this machine alone. */
    ProcessBuilder server(int port) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(programs.resolve("postgres").toString(), "-D", data().toString(), "-p", "" + port));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "shared_buffers=32MB",
                "max_connections=50",
                "logging_collector=off")) {
            command.add("-c");
            command.add(setting);
        }
        return prepare(runAs.toServe(command));
    }

    /** The password comes first: whoever finds a cluster finds its password too. */
    private static String password(Path directory) throws IOException {
        Path file = directory.resolve("password");
        if (!Files.exists(file)) {
            byte[] random = new byte[PASSWORD_BYTES];
            new SecureRandom().nextBytes(random);
            AtomicFile.writePrivate(
                    file, Base64.getUrlEncoder().encodeToString(random).getBytes(StandardCharsets.US_ASCII));
        }
        return Files.readString(file).trim();
    }

    private void initialise() throws IOException, InterruptedException {
        Path unfinished = directory.resolve("data.init");
        FileTree.delete(unfinished);
        Files.createDirectory(unfinished, OWNER_ONLY_FOLDER);
        runAs.own(unfinished);
        Path passwordFile = directory.resolve("password.init");
        Files.deleteIfExists(passwordFile);
        Files.createFile(passwordFile, OWNER_ONLY_FILE);
        try {
            Files.writeString(passwordFile, password + "\n");
            runAs.own(passwordFile);
            run(List.of(
                    programs.resolve("initdb").toString(),
                    "--pgdata=" + unfinished,
                    "--username=" + USER,
                    "--pwfile=" + passwordFile,
                    "--auth-host=scram-sha-256",
                    "--auth-local=reject",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions"));
        } finally {
            Files.deleteIfExists(passwordFile);
        }
        AtomicFile.publish(unfinished, data());
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Process process =
                prepare(runAs.toRun(command)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(
                    String.format(Locale.ROOT, "PostgreSQL cannot make its files in %s: %s", directory, output.trim()));
        }
    }

    private static ProcessBuilder prepare(List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(Path.of("/").toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("LC_"));
        environment.put("LC_ALL", "C");
        environment.put("TZ", "UTC");
        return builder;
    }
}
