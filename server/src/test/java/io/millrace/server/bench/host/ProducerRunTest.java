package io.millrace.server.bench.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProducerRunTest {
    @Test
    void theLastLineWithPercentilesCounts() throws IOException {
        ProducerRun run = ProducerRun.lastOf(List.of(
                "105000 records sent, 20998.0 records/sec (20.51 MB/sec), 700.1 ms avg latency, 956.0 ms max latency.",
                "210000 records sent, 42512.3 records/sec (41.52 MB/sec), 640.17 ms avg latency, 1019.00 ms max latency, 625 ms 50th, 911 ms 95th, 980 ms 99th, 1010 ms 99.9th.",
                "105000 steady state records sent, 52512.5 records/sec (51.28 MB/sec), 540.17 ms avg latency, 919.00 ms max latency, 525 ms 50th, 811 ms 95th, 880 ms 99th, 910 ms 99.9th.",
                ""));

        assertThat(run).isEqualTo(new ProducerRun(105_000, 52_512.5, 525, 880, 910, 919));
        assertThat(run.seconds()).isBetween(1.99, 2.01);
    }

    @Test
    void aRunThatSaysNothingIsAFailure() {
        assertThatThrownBy(() -> ProducerRun.lastOf(List.of("Connection to node -1 could not be established")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has not said how fast it was: Connection to node -1");
    }
}
