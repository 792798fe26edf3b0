package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.LogStats;
import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.protocol.arn.Namespace;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private LogStats stats = stats(5, "", List.of());

    @Test
    void thePageShowsTheLogAsItStands() {
        Metrics metrics = new Metrics(() -> stats, new StreamMetrics());
        assertThat(metrics.text())
                .contains("millrace_log_appended_records_total 5.0")
                .contains("millrace_log_failed 0.0")
                .contains("millrace_log_damages 0.0")
                .contains("millrace_log_memory_limit_bytes 64.0")
                .contains("millrace_log_durability{mode=\"interval=50\"} 1.0");

        stats = stats(7, "disk nearly full", List.of(new Damage("wal/000000.wal", 4096, "frame 1 is damaged")));
        assertThat(metrics.text())
                .contains("millrace_log_appended_records_total 7.0")
                .contains("millrace_log_failed 1.0")
                .contains("millrace_log_damages 1.0");
    }

    @Test
    void thePageShowsWhatWasCountedOfEachStream() {
        StreamMetrics streams = new StreamMetrics();
        Metrics metrics = new Metrics(() -> stats, streams);
        assertThat(metrics.text()).doesNotContain("orders");

        streams.add(new StreamKey(Namespace.DEFAULT, "orders"), Metric.INCOMING_RECORDS, 5);
        assertThat(metrics.text())
                .contains(
                        "kinesis_incoming_records_total{account=\"000000000000\",region=\"us-east-1\",stream=\"orders\"} 5.0");
        streams.add(new StreamKey(Namespace.DEFAULT, "orders"), Metric.INCOMING_RECORDS, 2);
        assertThat(metrics.text()).contains("stream=\"orders\"} 7.0");
    }

    private static LogStats stats(long records, String failure, List<Damage> damages) {
        return new LogStats("interval=50", records, 10, 1, 2, 0.5, 0.25, 3, 0.125, 32, 64, 4096, 8, failure, damages);
    }
}
