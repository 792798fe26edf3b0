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
import java.util.Map;
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
                Map.of("s3.secret-key", "not for \"everybody\" \\ to see", "rest.profiling.enabled", "true"),
                Map.of("AWS_REGION", "eu-test-1")));
        try {
            assertThat(await(restPort)).contains("\"taskmanagers\"");
            assertThat(get(restPort, "/v1/jobmanager/config")).contains("rest.profiling.enabled");
            long first = flink.status().pid();
            assertThat(get(restPort, OVERVIEW)).contains("\"slots-total\":3");
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
            await(restPort);
            assertThat(flink.status().pid()).isNotEqualTo(first);
            assertThat(flink.status().isRunning()).isTrue();
        } finally {
            flink.close();
        }
        assertThat(flink.status().isRunning()).isFalse();
        assertThat(flink.status().restarts()).isEqualTo(1);
        assertThatThrownBy(() -> get(restPort, OVERVIEW)).isInstanceOf(IOException.class);
        assertThat(directory.resolve("flink/flink.log")).exists();
        assertThat(directory.resolve("flink/flink.out")).content().contains("READY");
    }

    @Test
    void aFolderWithoutJarsIsNamed() {
        assertThatThrownBy(() -> FlinkProcess.start(
                        new FlinkProcess.Settings(directory, directory, 1, 2, SMALL, Map.of(), Map.of())))
                .hasMessage("%s: no jars (expected: the libraries of Flink)", directory);
    }

    private String await(int port) throws Exception {
        while (true) {
            try {
                return get(port, OVERVIEW);
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    private String get(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
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
