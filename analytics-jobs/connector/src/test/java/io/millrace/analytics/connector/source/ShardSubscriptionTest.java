package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;

@Timeout(10)
class ShardSubscriptionTest {
    private static final long TIMEOUT = 60_000;
    private static final long ROOM = 10_000;

    private final FakePushing kinesis = new FakePushing();
    private final VirtualTimer timer = new VirtualTimer();
    private final FetchBudget budget = new FetchBudget(ROOM);
    private final Deque<ShardReading.Batch> queue = new ArrayDeque<>();
    private final List<String> lost = new ArrayList<>();
    private String arn = "arn";
    private final ShardSubscription subscription = subscription(StartFrom.trimHorizon(), Integer.MAX_VALUE);

    private ShardSubscription subscription(StartFrom start, int attempts) {
        FanOut usual = FanOut.with(FanOut.Consumer.named("c", FanOut.Lifecycle.JOB_MANAGED));
        FanOut fanOut = new FanOut(
                usual.consumer(),
                Duration.ofMillis(TIMEOUT),
                usual.describe(),
                new Retry(Duration.ofSeconds(1), Duration.ofSeconds(10), 2, attempts),
                1);
        ShardSubscription.ConsumerArn consumer = new ShardSubscription.ConsumerArn() {
            @Override
            public String get() {
                return arn;
            }

            @Override
            public void lost(String gone) {
                lost.add(gone);
            }
        };
        return new ShardSubscription(
                new ShardSplit("shard", start),
                new ShardSubscription.Shared(kinesis, new StreamRef("stream"), fanOut, consumer, timer, budget),
                queue::add);
    }

    private void start() {
        subscription.start();
        timer.pass(0);
    }

    private static SubscribeToShardEvent event(int continuation, int... numbers) {
        return SubscribeToShardEvent.builder()
                .records(Arrays.stream(numbers)
                        .mapToObj(ShardSubscriptionTest::record)
                        .toList())
                .continuationSequenceNumber(Integer.toString(continuation))
                .millisBehindLatest(0L)
                .build();
    }

    private static Record record(int number) {
        return Record.builder()
                .sequenceNumber(Integer.toString(number))
                .partitionKey("key")
                .approximateArrivalTimestamp(Instant.ofEpochMilli(number))
                .data(SdkBytes.fromUtf8String("data " + number))
                .build();
    }

    private List<String> take() {
        ShardReading.Batch batch = queue.remove();
        batch.from().taken();
        budget.giveBack(batch.bytes());
        timer.pass(0);
        return batch.records().stream().map(KinesisRecord::sequenceNumber).toList();
    }

    @Test
    void recordsArePushedInOrderAndOneEventIsAskedForAtATime() {
        start();
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON");
        assertThat(kinesis.last().requested).isEqualTo(1);
        kinesis.last().event(event(9, 8, 9));
        assertThat(kinesis.last().requested).isEqualTo(2);
        assertThat(take()).containsExactly("8", "9");
        kinesis.last().event(event(10, 10));
        assertThat(kinesis.last().requested).isEqualTo(3);
        assertThat(take()).containsExactly("10");
    }

    @Test
    void atMostTwoBatchesWaitToBeTaken() {
        start();
        kinesis.last().event(event(1, 1));
        kinesis.last().event(event(2, 2));
        assertThat(kinesis.last().requested).isEqualTo(2);
        take();
        assertThat(kinesis.last().requested).isEqualTo(3);
    }

    @Test
    void aSubscriptionThatEndsAfterItsFiveMinutesGoesOnAtOnceBehindItsLastEvent() {
        start();
        kinesis.last().event(event(7, 5));
        kinesis.last().event(event(9)); // a heartbeat
        kinesis.last().end();
        timer.pass(0);
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON", "arn AFTER_SEQUENCE_NUMBER 9");
        assertThat(take()).containsExactly("5");
    }

    @Test
    void aHeartbeatIsNoBatchAndHoldsNoRoom() {
        start();
        kinesis.last().event(event(3));
        assertThat(queue).isEmpty();
        assertThat(budget.taken()).isZero();
        assertThat(kinesis.last().requested).isEqualTo(2);
    }

    @Test
    void anIdleShardHoldsNoRoomAndAnEventCountsWhenItArrives() {
        start();
        assertThat(budget.taken()).isZero();
        kinesis.last().event(event(3, 1, 2, 3));
        assertThat(budget.taken()).isEqualTo(queue.element().bytes()).isGreaterThan(3L * RecordSize.OVERHEAD_BYTES);
        take();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void withoutRoomNoEventIsAskedForUntilTheTaskHasWhatIsHeld() {
        start();
        int[] many = IntStream.rangeClosed(100, 199).toArray();
        kinesis.last().event(event(199, many));
        assertThat(budget.taken()).isGreaterThan(ROOM);
        assertThat(kinesis.last().requested).isEqualTo(1);
        timer.pass(10 * TIMEOUT); // a subscriber without room waits for nothing
        assertThat(kinesis.calls).hasSize(1);
        assertThat(take()).hasSize(100);
        assertThat(kinesis.last().requested).isEqualTo(2);
    }

    @Test
    void aSubscriptionThatEndsWithoutRoomIsOpenedAgainOnceThereIsSome() {
        start();
        kinesis.last().event(event(199, IntStream.rangeClosed(100, 199).toArray()));
        kinesis.last().end();
        timer.pass(TIMEOUT);
        assertThat(kinesis.calls).hasSize(1);
        take();
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON", "arn AFTER_SEQUENCE_NUMBER 199");
    }

    @Test
    void anEventThatIsLostIsReadByAnotherSubscription() {
        start();
        kinesis.last().event(event(1, 1));
        timer.pass(TIMEOUT);
        assertThat(kinesis.last().cancelled).isTrue();
        timer.pass(1000);
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON", "arn AFTER_SEQUENCE_NUMBER 1");
        kinesis.last().event(event(2, 2));
        take();
        assertThat(take()).containsExactly("2");
    }

    @Test
    void aCallThatIsNeverAnsweredIsMadeAgain() {
        kinesis.answers = false;
        start();
        kinesis.answers = true;
        timer.pass(TIMEOUT + 1000);
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON", "arn TRIM_HORIZON");
        assertThat(kinesis.last().requested).isEqualTo(1);
    }

    @Test
    void whatComesLateOfAnEarlierSubscriptionIsDropped() {
        start();
        FakePushing.Push earlier = kinesis.last();
        timer.pass(TIMEOUT + 1000);
        earlier.event(event(2, 1, 2));
        earlier.fail(SdkClientException.create("closed"));
        timer.pass(60_000 - 1);
        assertThat(queue).isEmpty();
        assertThat(kinesis.calls).hasSize(2);
        kinesis.last().event(event(2, 1, 2));
        assertThat(take()).containsExactly("1", "2");
    }

    @Test
    void recordsThatAreRepeatedAreDropped() {
        start();
        kinesis.last().event(event(10, 9, 10));
        kinesis.last().event(event(11, 9, 10, 11));
        take();
        assertThat(take()).containsExactly("11");
        kinesis.last().event(event(11, 10, 11));
        assertThat(queue).isEmpty();

        ShardSubscription restored = subscription(StartFrom.after("20"), 1);
        restored.start();
        timer.pass(0);
        kinesis.last().event(event(21, 20, 21));
        assertThat(take()).containsExactly("21");
    }

    static List<SubscribeToShardEvent> damaged() {
        SubscribeToShardEvent whole = event(4, 2, 3, 4);
        return List.of(
                whole.toBuilder().continuationSequenceNumber(null).build(),
                whole.toBuilder().continuationSequenceNumber("").build(),
                whole.toBuilder().continuationSequenceNumber("4\u0000").build(),
                event(4, 2, 4, 3),
                event(4, 2, 2),
                whole.toBuilder()
                        .records(record(2), record(3).toBuilder().data(null).build())
                        .build(),
                whole.toBuilder()
                        .records(record(2).toBuilder().sequenceNumber(null).build())
                        .build(),
                whole.toBuilder()
                        .records(record(2).toBuilder()
                                .approximateArrivalTimestamp(null)
                                .build())
                        .build());
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void aDamagedEventIsDroppedAsAWholeAndReadAgain(SubscribeToShardEvent damaged) {
        start();
        kinesis.last().event(event(1, 1));
        kinesis.last().event(damaged);
        assertThat(kinesis.last().cancelled).isTrue();
        assertThat(take()).containsExactly("1");
        assertThat(queue).isEmpty();
        timer.pass(1000);
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON", "arn AFTER_SEQUENCE_NUMBER 1");
        kinesis.last().event(event(4, 2, 3, 4));
        assertThat(take()).containsExactly("2", "3", "4");
    }

    @Test
    void aShardThatIsTakenByAnotherOrThrottledIsAskedForWithGrowingPauses() {
        Throwable taken = ResourceInUseException.builder()
                .message("taken")
                .statusCode(400)
                .build();
        kinesis.faults.add(taken);
        kinesis.faults.add(new CompletionException(LimitExceededException.builder()
                .message("slow down")
                .statusCode(400)
                .build()));
        kinesis.faults.add(SdkClientException.create("no answer"));
        start();
        assertThat(kinesis.calls).hasSize(1);
        timer.pass(999);
        assertThat(kinesis.calls).hasSize(1);
        timer.pass(1);
        assertThat(kinesis.calls).hasSize(2);
        timer.pass(2000);
        assertThat(kinesis.calls).hasSize(3);
        timer.pass(4000);
        assertThat(kinesis.calls).hasSize(4);
        kinesis.last().event(event(1, 1));
        kinesis.last().fail(taken); // in the stream of events
        timer.pass(999);
        assertThat(kinesis.calls).hasSize(4);
        timer.pass(1); // grows from the beginning again
        assertThat(kinesis.calls).hasSize(5).last().isEqualTo("arn AFTER_SEQUENCE_NUMBER 1");
        assertThat(take()).containsExactly("1");
    }

    @Test
    void aSubscriptionThatEndsWithoutAnEventIsNotOpenedAgainAtOnce() {
        start();
        kinesis.last().end();
        timer.pass(999);
        assertThat(kinesis.calls).hasSize(1);
        timer.pass(1);
        assertThat(kinesis.calls).hasSize(2);
    }

    @Test
    void aConsumerThatWasDeletedIsLookedForAgain() {
        start();
        kinesis.last().event(event(1, 1));
        arn = "arn:2";
        kinesis.last().fail(gone());
        timer.pass(1000);
        assertThat(lost).containsExactly("arn");
        assertThat(kinesis.calls).containsExactly("arn TRIM_HORIZON", "arn:2 AFTER_SEQUENCE_NUMBER 1");
        kinesis.last().event(event(2, 2));
        take();
        assertThat(take()).containsExactly("2");
    }

    @Test
    void aShardThatIsGoneWhileItsConsumerIsThereEndsTheReading() {
        kinesis.faults.add(gone());
        kinesis.faults.add(gone());
        start();
        timer.pass(1000);
        assertThat(queue.element().failure())
                .isInstanceOf(FinalFailureException.class)
                .hasMessage("stream 'stream': shard cannot be read: ResourceNotFoundException: gone");
        timer.pass(TIMEOUT);
        assertThat(kinesis.calls).hasSize(2);
    }

    private static Throwable gone() {
        return ResourceNotFoundException.builder()
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("ResourceNotFoundException")
                        .errorMessage("gone")
                        .build())
                .statusCode(400)
                .build();
    }

    @Test
    void accessThatIsDeniedEndsTheReading() {
        kinesis.faults.add(KinesisException.builder()
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("AccessDeniedException")
                        .errorMessage("no")
                        .build())
                .statusCode(400)
                .build());
        start();
        assertThat(queue.element().failure())
                .isInstanceOf(FinalFailureException.class)
                .hasMessageContaining("AccessDeniedException: no");
        assertThat(timer.isIdle()).isTrue();
    }

    @Test
    void failuresInARowAreBorneAsOftenAsTheTableSays() {
        ShardSubscription patient = subscription(StartFrom.trimHorizon(), 2);
        for (int i = 0; i < 3; i++) {
            kinesis.faults.add(SdkClientException.create("no answer"));
        }
        patient.start();
        timer.pass(1000);
        assertThat(queue).isEmpty();
        timer.pass(2000);
        assertThat(queue.element().failure()).hasMessageContaining("no subscription after 3 calls");
    }

    @Test
    void aShardEndsWithTheEventThatNamesItsChildren() {
        start();
        kinesis.last()
                .event(event(1, 1).toBuilder()
                        .continuationSequenceNumber(null)
                        .childShards(ChildShard.builder().shardId("child").build())
                        .build());
        kinesis.last().end();
        timer.pass(TIMEOUT);
        assertThat(queue.element().last()).isTrue();
        assertThat(queue.element().failure()).isNull();
        assertThat(take()).containsExactly("1");
        assertThat(kinesis.calls).hasSize(1);
        assertThat(timer.isIdle()).isTrue();
    }

    @Test
    void aPausedShardAsksForNothingUntilItIsResumed() {
        start();
        subscription.pause(true);
        kinesis.last().event(event(1, 1)); // was on its way
        take();
        assertThat(kinesis.last().requested).isEqualTo(1);
        subscription.pause(false);
        timer.pass(0);
        assertThat(kinesis.last().requested).isEqualTo(2);
    }

    @Test
    void aShardThatIsStoppedIsUnsubscribed() {
        start();
        subscription.stop();
        assertThat(kinesis.last().cancelled).isTrue();
        assertThat(kinesis.last().call).isCancelled();
        timer.pass(TIMEOUT);
        assertThat(kinesis.calls).hasSize(1);
    }
}
