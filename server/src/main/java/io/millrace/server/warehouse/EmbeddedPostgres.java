package io.millrace.server.warehouse;

import io.millrace.durable.disk.Directories;
import io.millrace.server.files.DirectoryLock;
import io.millrace.server.process.Pauses;
import io.millrace.server.process.ProcessStatus;
import io.millrace.server.process.SupervisedProcess;
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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A PostgreSQL of this process: on 127.0.0.1 only, with one user, one database {@value #DATABASE} and a data directory
 * that outlives it. It is started again when it ends by itself.
 *
 * <p>What is committed is on disk: fsync is on. The server stops when this process ends, however it ends; should one
 * nevertheless be left, the next start on the directory stops it first. One process at a time uses a directory.
 * Thread-safe.
 */
public final class EmbeddedPostgres implements Closeable {
    private static final String DATABASE = "warehouse";
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2); // recovery after a crash is a part of it
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final int POLL_MILLIS = 10;

    private final int port;
    private final Cluster cluster;
    private final DirectoryLock lock;
    private final Postmaster postmaster;
    private final SupervisedProcess process;

    private EmbeddedPostgres(int port, Cluster cluster, DirectoryLock lock) throws IOException {
        this.port = port;
        this.cluster = cluster;
        this.lock = lock;
        this.postmaster = new Postmaster(cluster.data());
        this.process = SupervisedProcess.start("PostgreSQL", this::launch, Pauses.OF_PROCESSES, InstantSource.system());
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
        Directories.create(directory);
        Path base = directory.toRealPath();
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
        long logStart = Files.exists(cluster.log()) ? Files.size(cluster.log()) : 0;
        EmbeddedPostgres postgres = new EmbeddedPostgres(port, cluster, lock);
        boolean serves = false;
        try {
            postgres.awaitReady(logStart);
            postgres.ensureDatabase();
            serves = true;
            return postgres;
        } finally {
            if (!serves) {
                postgres.stop();
            }
        }
    }

    /** Starts the server, after whatever an earlier one has left on the directory. */
    private Process launch() throws IOException, InterruptedException {
        postmaster.stopOrphan();
        Process child = cluster.server(port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(cluster.log().toFile()))
                .start();
        child.getOutputStream().close();
        return child;
    }

    private void awaitReady(long logStart) throws IOException, InterruptedException {
        long limit = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!isReady()) {
            ProcessStatus status = process.status();
            if (!status.isRunning() || status.restarts() > 0) {
                throw new IOException(whyItEnded(status.lastExit(), logStart));
            }
            if (System.nanoTime() > limit) {
                throw new IOException(
                        String.format(Locale.ROOT, "PostgreSQL does not get ready; %s says why", cluster.log()));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** Tells whether the process that runs now accepts connections, by its own word. */
    public boolean isReady() throws IOException {
        ProcessStatus status = process.status();
        return status.isRunning() && postmaster.isReady(status.pid());
    }

    private String whyItEnded(String exit, long logStart) throws IOException {
        String said;
        try (RandomAccessFile log = new RandomAccessFile(cluster.log().toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(log.length() - logStart, 16 * 1024)];
            log.seek(logStart);
            log.readFully(bytes);
            said = new String(bytes, StandardCharsets.UTF_8);
        }
        if (said.contains("could not bind")) {
            return String.format(Locale.ROOT, "PostgreSQL cannot listen on 127.0.0.1:%d: the port is in use", port);
        }
        String fatal = said.lines().filter(line -> line.contains("FATAL:")).reduce("", (first, last) -> last);
        return String.format(Locale.ROOT, "PostgreSQL %s: %s; see %s", exit, fatal, cluster.log());
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
        return String.format(Locale.ROOT, "jdbc:postgresql://127.0.0.1:%d/%s", port, database);
    }

    public String user() {
        return Cluster.USER;
    }

    public String password() {
        return cluster.password();
    }

    /** Returns how the process stands. */
    public ProcessStatus status() {
        return process.status();
    }

    /** Returns the port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Has something done whenever the process has ended by itself. It must not wait and not throw. */
    public void onEnd(Runnable action) {
        process.onEnd(action);
    }

    /** Kills a server that no longer answers; it is started again and recovers from its log. */
    public void killHanging(String reason) {
        process.killHanging(reason);
    }

    /** Stops the server; what clients have open is rolled back. Returns when it has ended. */
    @Override
    public void close() throws IOException {
        try (lock) {
            stop();
        }
    }

    private void stop() {
        List<SupervisedProcess.Signal> signals = new ArrayList<>();
        for (Postmaster.Signal signal : Postmaster.Signal.values()) {
            signals.add(child -> Postmaster.send(signal, child.pid()));
        }
        process.stop(signals, STOP_TIMEOUT);
    }
}
