package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With which heap the launcher starts the JVM. A program that shows its arguments stands for Java. */
@Timeout(60)
class LauncherTest {
    @TempDir
    Path home;

    private record Run(int exit, String output) {}

    @BeforeEach
    void install() throws IOException {
        Files.copy(Path.of("../millrace"), home.resolve("millrace"));
        Files.createDirectories(home.resolve("server/target"));
        Files.createFile(home.resolve("server/target/built"));
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Run run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("bash", home.resolve("millrace").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        builder.environment().putAll(environment);
        builder.environment().merge("PATH", home.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }

    private List<String> heap(Map<String, String> environment, String... arguments) throws Exception {
        return run(environment, arguments)
                .output()
                .lines()
                .filter(line -> line.startsWith("-Xmx"))
                .toList();
    }

    @Test
    void theHeapIsGivenByTheOptionElseTheEnvironmentElseTheFile() throws Exception {
        Path file = Files.writeString(home.resolve("node.yaml"), "port: 1\nheap: '3g' # for ten streams\n");
        Map<String, String> environment = Map.of("MILLRACE_HEAP", "2g");

        assertThat(heap(Map.of(), "server")).containsExactly("-Xmx512m");
        assertThat(heap(environment, "server")).containsExactly("-Xmx2g");
        assertThat(heap(Map.of(), "server", "--config", file.toString())).containsExactly("-Xmx3g");
        assertThat(heap(Map.of("MILLRACE_CONFIG", file.toString()), "demo")).containsExactly("-Xmx3g");
        assertThat(heap(environment, "server", "--config=" + file)).containsExactly("-Xmx2g");
        assertThat(heap(environment, "server", "--heap", "1g", "--config=" + file))
                .containsExactly("-Xmx1g");
        assertThat(heap(environment, "server", "--heap=700m")).containsExactly("-Xmx700m");
        assertThat(heap(environment, "query", "--heap", "1g")).as("not a node").containsExactly("-Xmx512m");
    }

    @Test
    void theOptionReachesTheProgramToo() throws Exception {
        assertThat(run(Map.of(), "server", "--heap", "1g").output().lines())
                .endsWith("io.millrace.server.cli.Main", "server", "--heap", "1g");
    }

    @Test
    void whatANodeWritesIsItsOwnersAlone() throws Exception {
        Path java = home.resolve("bin/java");
        Files.writeString(java, "#!/bin/sh\numask\n");

        assertThat(run(Map.of(), "server").output()).isEqualTo("0077\n");
        assertThat(run(Map.of(), "demo").output()).isEqualTo("0077\n");
        assertThat(run(Map.of(), "query").output()).isNotEqualTo("0077\n");
    }

    @Test
    void theJvmKeepsNoFileInTheSystemsTemporaryFolder() throws Exception {
        assertThat(run(Map.of(), "server").output().lines()).contains("-XX:+PerfDisableSharedMem");
    }

    @Test
    void aHeapThatIsNoSizeIsRefused() throws Exception {
        Run run = run(Map.of(), "server", "--heap", "lots");

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.output())
                .isEqualTo("millrace: --heap: lots (expected: a number and m or g, such as 512m or 2g)\n");
    }
}
