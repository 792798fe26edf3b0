package io.millrace.analytics.connector;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.source.KinesisSource;
import io.millrace.analytics.connector.source.StartFrom;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job over a stream that is resharded and fails on the way. */
@Timeout(90)
class RestartTest {
    private static final int LAST = 299;

    @TempDir
    Path directory;

    @Test
    void everyRecordIsInTheStateOnceAcrossAReshardAndARestart() throws Exception {
        try (FakeStream stream = new FakeStream(directory)) {
            stream.shard(0).shard(1).put(0, 0, 99).put(1, 100, 149);
            KinesisSource<Integer> source = new KinesisSource<>(
                    stream.connection(),
                    new StreamRef("orders"),
                    new KinesisSource.Options(
                            StartFrom.trimHorizon(), Duration.ofMillis(100), 10, Duration.ofMillis(20)),
                    new CountingJob.Numbers());
            JobClient job = CountingJob.start(source, LAST, true, "");
            stream.put(0, 150, 199).end(0).shard(2, 0).shard(3, 0);
            stream.put(1, 200, 229).put(2, 230, 259).put(3, 260, LAST);
            try {
                assertThat(CountingJob.awaitAll()).isTrue();
            } finally {
                job.cancel().get();
            }
        }
        assertThat(CountingJob.restarts()).isEqualTo(1);
        assertThat(CountingJob.state()).isEqualTo(CountingJob.allNumbers());
    }
}
