package io.millrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class SizeOptionsTest {
    private static final long HEAP = 512L * 1024 * 1024;

    private static SizeOptions options(String... arguments) {
        return CommandLine.populateCommand(new SizeOptions(), arguments);
    }

    private static List<String> problems(boolean embedded, String... arguments) {
        List<String> problems = new ArrayList<>();
        options(arguments).check(embedded, HEAP, problems);
        return problems;
    }

    @Test
    void sizesAreTakenOver() {
        assertThat(problems(true, "--heap", "512m", "--flink-heap", "2g", "--flink-slots", "4"))
                .isEmpty();
        assertThat(options("--flink-heap", "2g", "--flink-slots", "4").flink())
                .isEqualTo(new NodeConfig.FlinkSize(new MemorySize(2048), 4));
        assertThat(options().flink()).isEqualTo(NodeConfig.FlinkSize.DEFAULT);
        assertThat(problems(false, "--flink-checkpoint-interval", "30000")).isEmpty();
        assertThat(options("--flink-checkpoint-interval", "30000").checkpointInterval())
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(options().checkpointInterval()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aHeapThatTheJvmDoesNotHaveIsNotPassedOver() {
        assertThat(problems(true, "--heap", "2g"))
                .containsExactly("--heap: 2g, and this JVM was started with 512m; start it by ./millrace, or with"
                        + " -Xmx2048m");
    }

    @Test
    void whatCannotWorkIsRefused() {
        assertThat(problems(true, "--heap", "64m")).containsExactly("--heap: 64m (expected: at least 128m)");
        assertThat(problems(true, "--flink-heap", "128m"))
                .containsExactly("--flink-heap: 128m (expected: at least 256m)");
        assertThat(problems(true, "--flink-heap", "lots"))
                .containsExactly("--flink-heap: lots (expected: a number and m or g, such as 512m or 2g)");
        for (String interval : List.of("99", "600001", "-1")) {
            assertThat(problems(true, "--flink-checkpoint-interval", interval))
                    .containsExactly("--flink-checkpoint-interval: " + interval + " (expected: 100 to 600000)");
        }
        assertThat(problems(true, "--flink-slots", "0")).containsExactly("--flink-slots: 0 (expected: 1 to 1000)");
    }

    @Test
    void aClusterOfSomebodyElseHasItsOwnSize() {
        assertThat(problems(false, "--flink-heap", "1g", "--flink-slots", "4"))
                .containsExactly(
                        "--flink-heap: is for the embedded cluster only",
                        "--flink-slots: is for the embedded cluster only");
        assertThat(problems(false)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "512", "0m", "m", "1.5g", "512k", "-1g", "9999999m"})
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> MemorySize.parse(text))
                .hasMessage(text + " (expected: a number and m or g, such as 512m or 2g)");
    }
}
