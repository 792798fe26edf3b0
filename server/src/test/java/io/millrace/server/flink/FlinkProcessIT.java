package io.millrace.server.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the cluster that the build has just packaged. */
@Timeout(180)
class FlinkProcessIT {
    private static final Path LIBRARIES = Path.of("../analytics-jobs/runtime/target/lib");
    private static final String OVERVIEW = "/v1/overview";
    private static final FlinkProcess.Size SMALL = new FlinkProcess.Size("384m", 3);

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void theClusterAnswersIsStartedAgainWhenKilledAndEndsWhenClosed() throws Exception {
        int restPort = freePort();
        // Under a name of its own, beside which the archive of classes is written.
        Path libraries = Files.createSymbolicLink(directory.resolve("lib"), LIBRARIES.toRealPath());
        FlinkProcess flink = FlinkProcess.start(new FlinkProcess.Settings(
                libraries,
                directory.resolve("flink"),
                restPort,
                freePort(),
                SMALL,
                List.of(),
                Map.of("s3.secret-key", "not for \"everybody\" \\ to see", "rest.profiling.enabled", "true"),
                Map.of("AWS_REGION", "eu-test-1")));
        try {
            assertThat(await(flink)).contains("\"taskmanagers\"");
            assertThat(flink.door().restPort()).isEqualTo(restPort);
            assertThat(get(flink.door(), "/v1/jobmanager/config")).contains("rest.profiling.enabled");
            long first = flink.status().pid();
            assertThat(get(flink.door(), OVERVIEW)).contains("\"slots-total\":3");
            assertThat(Files.readString(directory.resolve("flink/flink.args"))).contains("-Xmx384m");
            assertThat(commandLine(first)).doesNotContain("not for");
            assertThat(Files.readString(Path.of("/proc", Long.toString(first), "environ")))
                    .contains("AWS_REGION=eu-test-1");
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("flink/flink.args"))))
                    .isEqualTo("rw-------");

            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            while (flink.status().restarts() == 0) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertThat(await(flink)).contains("\"taskmanagers\"");
            assertThat(flink.status().pid()).isNotEqualTo(first);
            assertThat(flink.status().isRunning()).isTrue();
        } finally {
            flink.close();
        }
        assertThat(flink.status().isRunning()).isFalse();
        assertThat(flink.status().restarts()).isEqualTo(1);
        assertThatThrownBy(flink::door).hasMessage("Flink does not run");
        assertThat(directory.resolve("flink/flink.log")).exists();
        assertThat(directory.resolve("flink/flink.out")).content().contains("READY");
    }

    /** As two nodes that start at the same moment with the same options do. */
    @Test
    void twoClustersThatWantTheSamePortsBothStartAndNeitherIsTakenForTheOther() throws Exception {
        int restPort = freePort();
        int sqlPort = freePort();
        try (FlinkProcess one = FlinkProcess.startBriefly(settings("one", restPort, sqlPort));
                FlinkProcess other = FlinkProcess.startBriefly(settings("other", restPort, sqlPort))) {
            assertThat(await(one)).contains("\"taskmanagers\":1");
            assertThat(await(other)).contains("\"taskmanagers\":1");

            FlinkDoor mine = one.door();
            FlinkDoor theirs = other.door();
            assertThat(Set.of(mine.restPort(), mine.sqlPort(), theirs.restPort(), theirs.sqlPort()))
                    .hasSize(4)
                    .contains(restPort, sqlPort);
            assertThat(mine.pid()).isEqualTo(one.status().pid());
            assertThat(theirs.pid()).isEqualTo(other.status().pid());
            FlinkDoor mistaken = new FlinkDoor(mine.pid(), theirs.restPort(), theirs.sqlPort(), mine.secret());
            assertThatThrownBy(() -> get(mistaken, OVERVIEW)).hasMessage("status 401");
            assertThat(one.status().restarts() + other.status().restarts()).isZero();
        }
    }

    private FlinkProcess.Settings settings(String name, int restPort, int sqlPort) {
        return new FlinkProcess.Settings(
                LIBRARIES, directory.resolve(name), restPort, sqlPort, SMALL, List.of(), Map.of(), Map.of());
    }

    @Test
    void aFolderWithoutJarsIsNamed() {
        assertThatThrownBy(() -> FlinkProcess.start(
                        new FlinkProcess.Settings(directory, directory, 1, 2, SMALL, List.of(), Map.of(), Map.of())))
                .hasMessage("%s: no jars (expected: the libraries of Flink)", directory);
    }

    private String await(FlinkProcess flink) throws Exception {
        while (true) {
            try {
                return get(flink.door(), OVERVIEW);
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    private String get(FlinkDoor door, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(door.restUrl() + path))
                .header("Authorization", "Bearer " + door.secret())
                .timeout(Duration.ofSeconds(10))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("status " + response.statusCode());
        }
        return response.body();
    }

    private static String commandLine(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
