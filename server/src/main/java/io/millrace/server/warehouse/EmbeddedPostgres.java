package io.millrace.server.warehouse;

import io.millrace.server.files.DirectoryLock;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of this process: on 127.0.0.1 only, with one user, one database {@value #DATABASE} and a data directory
 * that outlives it.
 *
 * <p>What is committed is on disk: fsync is on. The server stops when this process ends, however it ends; should one
 * nevertheless be left, the next start on the directory stops it first. One process at a time uses a directory.
 * Thread-safe.
 */
public final class EmbeddedPostgres implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String DATABASE = "warehouse";
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2); // recovery after a crash is a part of it
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final int POLL_MILLIS = 10;

    private final int port;
    private final Cluster cluster;
    private final DirectoryLock lock;
    private final Process process;

    private EmbeddedPostgres(int port, Cluster cluster, DirectoryLock lock, Process process) {
        this.port = port;
        this.cluster = cluster;
        this.lock = lock;
        this.process = process;
    }

    /**
     * Starts the server of a directory and returns once it serves.
     *
     * @param directory holds the data, the password and the log; made when missing
     * @param installDirectory holds PostgreSQL itself and may be shared by any number of directories; filled when empty
     * @param port above zero
     * @throws IOException if the directory is in use, the port is, or PostgreSQL cannot run here
     */
    public static EmbeddedPostgres start(Path directory, Path installDirectory, int port) throws IOException {
        Path base = Files.createDirectories(directory.toAbsolutePath()).toRealPath();
        DirectoryLock lock = DirectoryLock.take(base);
        EmbeddedPostgres started = null;
        try {
            started = start(base, PostgresBinaries.install(installDirectory), port, lock);
            return started;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while PostgreSQL started");
        } finally {
            if (started == null) {
                lock.close();
            }
        }
    }

    private static EmbeddedPostgres start(Path base, Path installed, int port, DirectoryLock lock)
            throws IOException, InterruptedException {
        Cluster cluster = Cluster.open(base, installed);
        Postmaster postmaster = new Postmaster(cluster.data());
        postmaster.stopOrphan();
        long logStart = Files.exists(cluster.log()) ? Files.size(cluster.log()) : 0;
        EmbeddedPostgres postgres = new EmbeddedPostgres(port, cluster, lock, launch(cluster, port));
        boolean serves = false;
        try {
            postgres.awaitReady(postmaster, logStart);
            postgres.ensureDatabase();
            serves = true;
            return postgres;
        } finally {
            if (!serves) {
                postgres.stop();
            }
        }
    }

    /**
     * Starts the process from a thread that lives as long as it does: the kernel's "parent died" signal is about the
     * thread that started a child, not about its process.
     */
    private static Process launch(Cluster cluster, int port) throws IOException, InterruptedException {
        ProcessBuilder builder = cluster.server(port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(cluster.log().toFile()));
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread keeper = new Thread(
                () -> {
                    try {
                        Process process = builder.start();
                        process.getOutputStream().close();
                        started.complete(process);
                        process.waitFor();
                    } catch (IOException | InterruptedException e) {
                        started.completeExceptionally(e);
                    }
                },
                "postgres-keeper");
        keeper.setDaemon(true);
        keeper.start();
        try {
            return started.get();
        } catch (ExecutionException e) {
            throw new IOException("PostgreSQL cannot be started: " + e.getCause(), e);
        }
    }

    private void awaitReady(Postmaster postmaster, long logStart) throws IOException, InterruptedException {
        long limit = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!postmaster.isReady(process.pid())) {
            if (!process.isAlive()) {
                throw new IOException(whyItEnded(logStart));
            }
            if (System.nanoTime() > limit) {
                throw new IOException("PostgreSQL does not get ready; %s says why".formatted(cluster.log()));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private String whyItEnded(long logStart) throws IOException {
        String said;
        try (RandomAccessFile log = new RandomAccessFile(cluster.log().toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(log.length() - logStart, 16 * 1024)];
            log.seek(logStart);
            log.readFully(bytes);
            said = new String(bytes, StandardCharsets.UTF_8);
        }
        if (said.contains("could not bind")) {
            return "PostgreSQL cannot listen on 127.0.0.1:%d: the port is in use".formatted(port);
        }
        String fatal = said.lines().filter(line -> line.contains("FATAL:")).reduce("", (first, last) -> last);
        return "PostgreSQL ended with %d: %s; see %s".formatted(process.exitValue(), fatal, cluster.log());
    }

    private void ensureDatabase() throws IOException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl("postgres"), user(), password());
                Statement statement = connection.createStatement()) {
            try (ResultSet found =
                    statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                if (found.next()) {
                    return;
                }
            }
            statement.execute("CREATE DATABASE " + DATABASE);
        } catch (SQLException e) {
            throw new IOException("PostgreSQL started but does not let us in: " + e.getMessage(), e);
        }
    }

    /** Returns the address of the database, without user and password. */
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    private String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
    }

    public String user() {
        return Cluster.USER;
    }

    public String password() {
        return cluster.password();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isRunning() {
        return process.isAlive();
    }

    /** Stops the server; what clients have open is rolled back. Returns when it has ended. */
    @Override
    public void close() throws IOException {
        try (lock) {
            stop();
        }
    }

    private void stop() throws IOException {
        try {
            for (Postmaster.Signal signal : Postmaster.Signal.values()) {
                if (process.isAlive()) {
                    Postmaster.send(signal, process.pid());
                    process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
            if (process.isAlive()) {
                LOG.warn("PostgreSQL {} does not stop and is killed", process.pid());
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
