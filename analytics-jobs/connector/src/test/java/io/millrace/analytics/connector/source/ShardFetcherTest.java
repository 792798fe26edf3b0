package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.client.StreamRef;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

@Timeout(10)
class ShardFetcherTest {
    private static final long IDLE = 250;
    private static final long ROOM = 3 * RecordSize.largestAnswer(2);

    private final FakeKinesis kinesis = new FakeKinesis(0);
    private final ManualTimer timer = new ManualTimer();
    private final FetchBudget budget = new FetchBudget(ROOM);
    private final Deque<ShardReading.Batch> queue = new ArrayDeque<>();
    private final ShardFetcher fetcher = fetcher(StartFrom.trimHorizon());

    private ShardFetcher fetcher(StartFrom start) {
        return new ShardFetcher(
                new ShardSplit("shard", start),
                new ShardFetcher.Shared(
                        kinesis,
                        new StreamRef("stream"),
                        new KinesisSource.Options(start, Duration.ofSeconds(10), 2, Duration.ofMillis(IDLE)),
                        timer,
                        budget),
                queue::add);
    }

    private List<String> take() {
        ShardReading.Batch batch = queue.remove();
        batch.from().taken();
        budget.giveBack(batch.bytes());
        return batch.records().stream().map(KinesisRecord::sequenceNumber).toList();
    }

    @Test
    void aShardIsReadInOrderWithoutPausesUntilItsTipAndThenSpaced() {
        kinesis.size = 3;
        fetcher.start();
        assertThat(timer.step()).isZero();
        assertThat(timer.step()).isZero();
        assertThat(take()).containsExactly("0", "1");
        assertThat(take()).containsExactly("2");

        while (!timer.isIdle() && timer.step() == 0) {} // what being taken has set off
        assertThat(timer.step()).isEqualTo(IDLE);
        assertThat(queue).isEmpty(); // a call without records is no batch
        kinesis.size = 4;
        assertThat(timer.step()).isEqualTo(IDLE);
        assertThat(take()).containsExactly("3");
        assertThat(kinesis.calls).startsWith("iterator TRIM_HORIZON", "records 0", "records 2", "records 3");
        assertThat(kinesis.calls.stream().filter(call -> call.startsWith("iterator")))
                .hasSize(1);
    }

    @Test
    void atMostTwoBatchesWaitToBeTaken() {
        kinesis.size = 100;
        fetcher.start();
        timer.step();
        timer.step();
        assertThat(timer.isIdle()).isTrue();
        assertThat(queue).hasSize(2);

        take();
        timer.step();
        assertThat(timer.isIdle()).isTrue();
        assertThat(take()).containsExactly("2", "3");
        assertThat(take()).containsExactly("4", "5");
    }

    @Test
    void anExpiredIteratorIsRenewedBehindTheLastRecordRead() {
        kinesis.size = 4;
        fetcher.start();
        timer.step();
        kinesis.faults.add(ExpiredIteratorException.builder().message("expired").build());
        timer.step();
        assertThat(timer.step()).isZero();

        assertThat(take()).containsExactly("0", "1");
        assertThat(take()).containsExactly("2", "3");
        assertThat(kinesis.calls)
                .containsExactly(
                        "iterator TRIM_HORIZON",
                        "records 0",
                        "records 2",
                        "iterator AFTER_SEQUENCE_NUMBER 1",
                        "records 2");
    }

    @Test
    void anIteratorThatExpiresBeforeTheFirstRecordIsRenewedAtTheStart() {
        ShardFetcher fromTime = fetcher(StartFrom.timestamp(5));
        kinesis.faults.add(ExpiredIteratorException.builder().message("expired").build());
        fromTime.start();
        timer.step();
        timer.step();
        assertThat(kinesis.calls)
                .containsExactly("iterator AT_TIMESTAMP", "records 0", "iterator AT_TIMESTAMP", "records 0");
    }

    @Test
    void aThrottledOrUnreachableEndpointIsAskedAgainWithGrowingPausesAndNothingIsLost() {
        kinesis.size = 2;
        for (int i = 0; i < 4; i++) {
            kinesis.faults.add(ProvisionedThroughputExceededException.builder()
                    .message("slow down")
                    .build());
            kinesis.faults.add(SdkClientException.create("no answer"));
        }
        fetcher.start();
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            pauses.add(timer.step());
        }
        assertThat(pauses)
                .containsExactly(0L, 2 * IDLE, 4 * IDLE, 8 * IDLE, 16 * IDLE, 32 * IDLE, 10_000L, 10_000L, 10_000L);
        assertThat(take()).containsExactly("0", "1");

        kinesis.faults.add(SdkClientException.create("no answer"));
        timer.step();
        assertThat(timer.step()).isEqualTo(2 * IDLE); // grows from the beginning again
    }

    @Test
    void aClosedShardEndsWithItsLastBatchAndIsAskedNoMore() {
        kinesis.size = 1;
        kinesis.closed = true;
        fetcher.start();
        timer.step();
        ShardReading.Batch last = queue.element();
        assertThat(last.last()).isTrue();
        assertThat(last.failure()).isNull();
        assertThat(take()).containsExactly("0");
        assertThat(timer.isIdle()).isTrue();
    }

    @Test
    void aClosedShardWithoutMoreRecordsEndsToo() {
        kinesis.closed = true;
        fetcher.start();
        timer.step();
        assertThat(queue.element().last()).isTrue();
        assertThat(take()).isEmpty();
    }

    @Test
    void aPausedShardIsNotAskedUntilItIsResumed() {
        kinesis.size = 100;
        fetcher.start();
        timer.step();
        fetcher.pause(true);
        timer.step(); // was on its way
        take();
        take();
        assertThat(timer.isIdle()).isTrue();

        fetcher.pause(false);
        timer.step();
        assertThat(take()).containsExactly("4", "5");
    }

    @Test
    void withoutRoomNoCallIsMadeUntilTheTaskHasWhatIsHeld() {
        kinesis.size = 100;
        budget.take(ROOM, () -> {});
        fetcher.start();
        timer.step();
        assertThat(kinesis.calls).isEmpty();
        assertThat(timer.isIdle()).isTrue();

        budget.giveBack(ROOM);
        timer.step();
        assertThat(take()).containsExactly("0", "1");
    }

    @Test
    void aShardThatIsPausedWhileItWaitsForRoomLeavesItToOthers() {
        kinesis.size = 100;
        budget.take(ROOM, () -> {});
        fetcher.start();
        timer.step();
        fetcher.pause(true);
        budget.giveBack(ROOM);
        timer.step();
        assertThat(kinesis.calls).isEmpty();
        assertThat(budget.taken()).isZero();

        fetcher.pause(false);
        timer.step();
        assertThat(take()).containsExactly("0", "1");
    }

    @Test
    void aCallThatFailsHoldsNoRoom() {
        kinesis.size = 2;
        kinesis.faults.add(SdkClientException.create("no answer"));
        kinesis.faults.add(ExpiredIteratorException.builder().message("expired").build());
        fetcher.start();
        timer.step();
        assertThat(budget.taken()).isZero();
        timer.step();
        assertThat(budget.taken()).isZero();
        timer.step();
        assertThat(budget.taken()).isEqualTo(queue.element().bytes()).isPositive();
        take();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aStreamThatIsGoneIsToldToTheReader() {
        kinesis.faults.add(
                ResourceNotFoundException.builder().message("no such stream").build());
        fetcher.start();
        timer.step();
        assertThat(queue.element().failure()).hasMessageContaining("no such stream");
        assertThat(timer.isIdle()).isTrue();
    }

    @Test
    void aDefectIsToldToTheReaderAndDoesNotEndInSilence() {
        kinesis.faults.add(new IllegalStateException("defect"));
        fetcher.start();
        timer.step();
        assertThat(queue.element().failure()).hasMessage("defect");
    }
}
