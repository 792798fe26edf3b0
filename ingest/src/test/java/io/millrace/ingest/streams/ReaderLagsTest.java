package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.arn.Namespace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReaderLagsTest {
    private static final StreamKey ORDERS = new StreamKey(Namespace.DEFAULT, "orders");
    private static final ReaderLags.Reader POLLING = new ReaderLags.Reader(ORDERS, "shardId-000000000000", "");
    private static final long LOG_NUMBER = 4;

    private final AtomicLong end = new AtomicLong(10);
    private final ReaderLags lags =
            new ReaderLags(shard -> shard == LOG_NUMBER ? end.get() : 0, InstantSource.system());

    private void report(ReaderLags.Reader reader, long nextOffset, long behindMillis, long nowMillis) {
        lags.report(reader, LOG_NUMBER, new RecordStore.Batch(List.of(), 0, nextOffset, behindMillis), nowMillis);
    }

    private long lagAt(long nowMillis) {
        return lags.lags(nowMillis).get(0).millis();
    }

    @Test
    void theLagGrowsUntilTheReaderGoesOn() {
        report(POLLING, 5, 2_000, 10_000);
        assertThat(lagAt(10_000)).isEqualTo(2_000);
        assertThat(lagAt(13_000)).isEqualTo(5_000);

        report(POLLING, 10, 0, 14_000);
        assertThat(lagAt(20_000)).isZero();
    }

    @Test
    void aReaderThatHadEverythingIsBehindOnlySinceSomethingNewCame() {
        report(POLLING, 10, 0, 10_000);
        lags.look(99_000);
        end.set(11);

        assertThat(lagAt(102_000)).isEqualTo(3_000);
        lags.look(102_000);
        assertThat(lagAt(104_000)).isEqualTo(5_000);
    }

    @Test
    void consumersAreToldApart() {
        report(POLLING, 5, 0, 1_000);
        report(new ReaderLags.Reader(ORDERS, POLLING.shardId(), "billing"), 10, 0, 1_000);

        assertThat(lags.lags(3_000))
                .containsExactlyInAnyOrder(
                        new ReaderLags.Lag(ORDERS, POLLING.shardId(), "", 2_000, 1_000),
                        new ReaderLags.Lag(ORDERS, POLLING.shardId(), "billing", 0, 1_000));
    }

    @Test
    void aReaderIsForgottenAnHourAfterItsLastCallAndWithItsStream() {
        report(POLLING, 5, 0, 0);
        lags.look(Duration.ofHours(1).toMillis());
        assertThat(lags.lags(0)).hasSize(1);
        lags.look(Duration.ofHours(1).toMillis() + 1);
        assertThat(lags.lags(0)).isEmpty();

        report(POLLING, 5, 0, 0);
        lags.forget(ORDERS);
        assertThat(lags.lags(0)).isEmpty();
    }

    @Test
    void noMoreReadersAreKeptThanAPageCanShow() {
        for (int i = 0; i <= ReaderLags.MOST_READERS; i++) {
            report(new ReaderLags.Reader(ORDERS, "shard-" + i, ""), 5, 0, 0);
        }
        assertThat(lags.lags(0)).hasSize(ReaderLags.MOST_READERS);
    }
}
