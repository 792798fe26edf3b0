package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.streams.DailyChanges.Kind;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DailyChangesTest {
    private static final StreamKey STREAM = new StreamKey(Namespace.DEFAULT, "orders");
    private static final long DAY = Duration.ofHours(24).toMillis();

    private final DailyChanges changes = new DailyChanges();

    @Test
    void soManyAreTakenInAnyDayOfEachKind() {
        for (int i = 0; i < 10; i++) {
            changes.count(Kind.SHARD_COUNT, STREAM, i);
        }
        refuses(Kind.SHARD_COUNT, 10);
        refuses(Kind.SHARD_COUNT, DAY - 1);
        changes.count(Kind.CAPACITY_MODE, STREAM, 10);
        changes.count(Kind.SHARD_COUNT, STREAM, DAY); // the first is a day old
        refuses(Kind.SHARD_COUNT, DAY);
        changes.count(Kind.SHARD_COUNT, STREAM, DAY + 1);
    }

    private void refuses(Kind kind, long now) {
        assertThatThrownBy(() -> changes.count(kind, STREAM, now))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo("LimitExceededException"))
                .hasMessageContaining("Rate exceeded for stream orders under account 000000000000.");
    }
}
