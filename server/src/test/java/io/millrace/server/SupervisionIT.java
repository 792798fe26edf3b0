package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What a node tells of the processes that it has started while they are killed or stopped, and that it starts them
 * again.
 */
@Timeout(300)
class SupervisionIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration PROMPT = Duration.ofMillis(100);

    @TempDir
    Path directory;

    private static JsonNode part(NodeProcess node, String name) throws IOException, InterruptedException {
        return node.health().page().path("parts").path(name);
    }

    private static String status(NodeProcess node, String part) throws IOException, InterruptedException {
        return part(node, part).path("status").asString();
    }

    private static long pid(NodeProcess node, String part) throws IOException, InterruptedException {
        return part(node, part).path("pid").asLong();
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("data.log"));
    }

    @Test
    void whatIsKilledIsStartedAgainAndTheHealthTellsTheTruthMeanwhile() throws Exception {
        try (NodeProcess node = NodeProcess.start(directory.resolve("data"))) {
            node.awaitReady();
            for (String part : List.of("warehouse", "flink")) {
                long killed = pid(node, part);
                NodeProcess.signal("KILL", killed);
                Await.until(
                        "the end of " + part + " shows",
                        PATIENCE,
                        () -> node.health().status() == 503);
                Await.until("another " + part, PATIENCE, () -> node.health().status() == 200);

                JsonNode again = part(node, part);
                assertThat(again.path("pid").asLong()).isNotEqualTo(killed);
                assertThat(again.path("restarts").asInt()).isPositive();
                assertThat(again.path("lastExitAt").asString()).isNotEmpty();
            }
            assertThat(part(node, "flink").path("lastExit").asString()).isEqualTo("ended with exit code 137 (SIGKILL)");
            Await.until("both turns are told", PATIENCE, () -> log().contains("not ready: flink: "));
            assertThat(log()).contains("not ready: warehouse: ").contains("ended with exit code 137 (SIGKILL)");
            assertThat(node.stop()).isZero();
            assertThat(node.leftChildren()).isEmpty();
        }
    }

    @Test
    void everythingIsAnsweredAtOnceWhileFlinkAndTheWarehouseAreStopped() throws Exception {
        try (NodeProcess node = NodeProcess.start(directory.resolve("data"))) {
            node.awaitReady();
            List<Long> stopped = List.of(pid(node, "flink"), pid(node, "warehouse"));
            try {
                for (long pid : stopped) {
                    NodeProcess.signal("STOP", pid);
                }
                List<Long> times = new ArrayList<>();
                Await.until("it shows that they do not answer", PATIENCE, () -> {
                    times.add(nanosOfHealth(node));
                    return status(node, "flink").equals("not answering")
                            && status(node, "warehouse").equals("not answering");
                });
                assertThat(node.health().page().path("status").asString()).isEqualTo("not answering");
                times.sort(null);
                // one may meet a pause of the machine, the others have to be prompt
                assertThat(Duration.ofNanos(times.get(times.size() * 9 / 10))).isLessThan(PROMPT);
            } finally {
                for (long pid : stopped) {
                    NodeProcess.signal("CONT", pid);
                }
            }
            Await.until("they answer again", PATIENCE, () -> node.health().status() == 200);
            assertThat(List.of(pid(node, "flink"), pid(node, "warehouse"))).isEqualTo(stopped);
        }
    }

    private static long nanosOfHealth(NodeProcess node) throws IOException, InterruptedException {
        long began = System.nanoTime();
        node.health();
        return System.nanoTime() - began;
    }
}
