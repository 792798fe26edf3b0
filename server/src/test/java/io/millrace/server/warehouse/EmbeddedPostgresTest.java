package io.millrace.server.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedPostgresTest {
    /** Unpacked once for all tests. */
    @TempDir
    static Path install;

    @TempDir
    Path directory;

    private int port;

    @BeforeEach
    void choosePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @BeforeAll
    static void openInstallation() throws IOException {
        openToAll(install);
    }

    private static void openToAll(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.start(directory.resolve("warehouse"), install, port);
    }

    private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
                Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (ResultSet result = statement.getResultSet()) {
                result.next();
                return result.getString(1);
            }
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void rowsArePutOnDiskAndKeptOverARestart() throws Exception {
        openToAll(directory); // so that, for root, the server runs as nobody; else it runs in a namespace
        String password;
        try (EmbeddedPostgres postgres = start()) {
            password = postgres.password();
            assertThat(query(
                            postgres,
                            "SELECT current_database() || ' ' || current_user || ' ' || current_setting('fsync')"))
                    .isEqualTo("warehouse millrace on");
            query(postgres, "CREATE TABLE rides AS SELECT 'Zürich €' AS place");
        }
        try (EmbeddedPostgres postgres = start()) {
            assertThat(postgres.password()).isEqualTo(password);
            assertThat(query(postgres, "SELECT place FROM rides")).isEqualTo("Zürich €");
        }
    }

    @Test
    void thePasswordIsNeededAndOnlyTheOwnerCanReadIt() throws Exception {
        try (EmbeddedPostgres postgres = start()) {
            assertThatThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), "guess"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
            Path file = directory.resolve("warehouse/password");
            assertThat(file).hasContent(postgres.password());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void closeEndsTheServerEvenWithAClientConnected() throws Exception {
        EmbeddedPostgres postgres = start();
        try (Connection idle = DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password())) {
            postgres.close();
            assertThat(idle.isValid(1)).isFalse();
        }
        assertThat(isAlive(postgres.status().pid())).isFalse();
        assertThat(postgres.status().isRunning()).isFalse();
    }

    @Test
    void aBusyPortIsSaidPlainlyAndTheDirectoryIsFreeAgain() throws Exception {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(this::start)
                    .isInstanceOf(IOException.class)
                    .hasMessage("PostgreSQL cannot listen on 127.0.0.1:%d: the port is in use", taken.getLocalPort());
        }
        start().close();
    }

    @Test
    void aDirectoryServesOneProcess() throws Exception {
        try (EmbeddedPostgres first = start()) {
            assertThatThrownBy(this::start).hasMessageEndingWith("is in use by another process");
            assertThat(query(first, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void theServerEndsWithAKilledProcess() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "setpriv (util-linux) ties the server to its process");
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.resolve("warehouse").toString(),
                        install.toString(),
                        Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long server = Long.parseLong(node.inputReader().readLine());
        assertThat(isAlive(server)).isTrue();

        node.destroyForcibly();

        while (isAlive(server)) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        try (EmbeddedPostgres postgres = start()) {
            assertThat(query(postgres, "SELECT 1")).isEqualTo("1");
        }
    }

    /** A process that starts a server, says its process id and waits to be killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(
                    Path.of(arguments[0]), Path.of(arguments[1]), Integer.parseInt(arguments[2]));
            System.out.println(postgres.status().pid());
            TimeUnit.MINUTES.sleep(2);
        }
    }

    @Test
    void aServerLeftByAKilledProcessIsStoppedAndItsRowsAreThere() throws Exception {
        Path base = Files.createDirectories(directory.resolve("warehouse"));
        Cluster cluster = Cluster.open(base, PostgresBinaries.install(install));
        Process orphan = cluster.server(port)
                .redirectErrorStream(true)
                .redirectOutput(cluster.log().toFile())
                .start();
        Postmaster postmaster = new Postmaster(cluster.data());
        while (!postmaster.isReady(orphan.pid())) {
            TimeUnit.MILLISECONDS.sleep(10);
        }

        try (EmbeddedPostgres postgres = start()) {
            assertThat(orphan.isAlive()).isFalse();
            assertThat(query(postgres, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void aStrangerWithTheProcessIdOfADeadServerIsLeftAlone() throws Exception {
        start().close();
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(
                    directory.resolve("warehouse/data/postmaster.pid"),
                    stranger.pid() + "\n/elsewhere\n0\n1\n\n*\n\nready\n");
            start().close();
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void aKilledServerIsStartedAgainAndRecovers() throws Exception {
        try (EmbeddedPostgres postgres = start()) {
            query(postgres, "CREATE TABLE rides AS SELECT 42 AS fare");
            long killed = postgres.status().pid();
            ProcessHandle.of(killed).orElseThrow().destroyForcibly();
            while (postgres.status().pid() == killed || !postgres.isReady()) {
                TimeUnit.MILLISECONDS.sleep(10);
            }

            assertThat(query(postgres, "SELECT fare FROM rides")).isEqualTo("42");
            assertThat(postgres.status().restarts()).isPositive();
            assertThat(postgres.status().lastExit()).isNotEmpty();
        }
    }

    @Test
    void anInterruptedFirstStartIsBegunAgain() throws Exception {
        Path unfinished = Files.createDirectories(directory.resolve("warehouse/data.init"));
        Files.writeString(unfinished.resolve("PG_VERSION"), "18");

        start().close();

        assertThat(unfinished).doesNotExist();
    }

    @Test
    void theProgramsAreUnpackedOnceAndLeaveNothingElse() throws Exception {
        Path first = PostgresBinaries.install(install);
        Object inode = Files.getAttribute(first.resolve("bin/postgres"), "unix:ino");

        assertThat(PostgresBinaries.install(install)).isEqualTo(first);
        assertThat(Files.getAttribute(first.resolve("bin/postgres"), "unix:ino"))
                .isEqualTo(inode);
        try (Stream<Path> entries = Files.list(install)) {
            assertThat(entries).containsExactly(first);
        }
    }

    @Test
    void aMachineWithoutProgramsIsNamed() {
        assertThatThrownBy(() -> PostgresBinaries.resource("Mac OS X", "aarch64"))
                .hasMessage("embedded PostgreSQL: Mac OS X on aarch64 (expected: Linux on amd64 or aarch64)");
    }
}
