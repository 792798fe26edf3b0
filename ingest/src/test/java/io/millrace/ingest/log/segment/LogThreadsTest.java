package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LogThreadsTest {
    @Test
    void aTickThatFailsIsNotTheLast() throws Exception {
        LogThreads threads = new LogThreads();
        CountDownLatch ticks = new CountDownLatch(2);
        threads.start(() -> {}, () -> {
            ticks.countDown();
            throw new OutOfMemoryError("injected");
        });
        assertThat(ticks.await(20, TimeUnit.SECONDS)).isTrue();
        threads.stopWriter();
        threads.close();
    }
}
