package io.millrace.firehose.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class BatchTest {

    private static DeliveryRecord record(String shard, int number) {
        return new DeliveryRecord(shard, Integer.toString(number), 1000 - number, new byte[] {1});
    }

    private static Batch batch(DeliveryRecord... records) {
        return new Batch(Arrays.asList(records));
    }

    @Test
    void theIdentityIsTheRangeOfEveryShard() {
        assertThat(batch(record("a", 1), record("b", 7), record("a", 2), record("a", 3))
                        .identity())
                .isEqualTo("{a=1..3, b=7..7}");
    }

    @Test
    void theOrderOfTheShardsDoesNotMatter() {
        assertThat(batch(record("b", 7), record("a", 1), record("a", 2)).identity())
                .isEqualTo(batch(record("a", 1), record("b", 7), record("a", 2)).identity());
    }

    @Test
    void moreOrOtherRecordsHaveAnotherIdentity() {
        String identity = batch(record("a", 1), record("a", 2)).identity();
        assertThat(batch(record("a", 1), record("a", 2), record("a", 3)).identity())
                .isNotEqualTo(identity);
        assertThat(batch(record("a", 2)).identity()).isNotEqualTo(identity);
        assertThat(batch(record("b", 1), record("b", 2)).identity()).isNotEqualTo(identity);
    }

    @Test
    void theOldestArrivalCountsWhereverItStands() {
        assertThat(batch(record("a", 1), record("b", 9), record("a", 2)).oldestEpochMillis())
                .isEqualTo(991);
        assertThatThrownBy(() -> new Batch(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
