package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Consumer;
import software.amazon.awssdk.services.kinesis.model.ConsumerDescription;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DeregisterStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

@Timeout(20)
class StreamConsumerTest {
    private static final String STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

    private final Consumers kinesis = new Consumers();

    private StreamConsumer consumer(FanOut.Consumer of) {
        FanOut usual = FanOut.with(of);
        Retry retry = new Retry(Duration.ofMillis(1), Duration.ofMillis(2), 2, 3);
        FanOut fanOut = new FanOut(of, usual.subscriptionTimeout(), retry, retry, 1);
        return new StreamConsumer(kinesis, new StreamRef(STREAM), fanOut);
    }

    private StreamConsumer consumer(FanOut.Lifecycle lifecycle) {
        return consumer(FanOut.Consumer.named("c", lifecycle));
    }

    @Test
    void aConsumerThatTheJobManagesIsRegisteredAndAwaited() throws Exception {
        kinesis.later.add(ConsumerStatus.CREATING);
        kinesis.later.add(ConsumerStatus.ACTIVE);
        assertThat(consumer(FanOut.Lifecycle.JOB_MANAGED).activeArn()).isEqualTo("arn of c");
        assertThat(kinesis.calls).containsExactly("describe c", "register c", "describe c", "describe c");
    }

    @Test
    void aConsumerThatIsThereIsTakenAsItIs() throws Exception {
        kinesis.status = ConsumerStatus.ACTIVE;
        assertThat(consumer(FanOut.Lifecycle.JOB_MANAGED).activeArn()).isEqualTo("arn of c");
        assertThat(consumer(FanOut.Lifecycle.SELF_MANAGED).activeArn()).isEqualTo("arn of c");
        assertThat(consumer(new FanOut.Consumer(null, "arn", FanOut.Lifecycle.SELF_MANAGED, Duration.ZERO))
                        .activeArn())
                .isEqualTo("arn");
        assertThat(kinesis.calls).containsExactly("describe c", "describe c", "describe arn");
    }

    @Test
    void oneThatIsBeingDeletedIsRegisteredAgainOnceItIsGone() throws Exception {
        kinesis.status = ConsumerStatus.DELETING;
        kinesis.later.add(ConsumerStatus.DELETING);
        kinesis.later.add(ConsumerStatus.UNKNOWN_TO_SDK_VERSION); // gone
        kinesis.later.add(ConsumerStatus.ACTIVE);
        assertThat(consumer(FanOut.Lifecycle.JOB_MANAGED).activeArn()).isEqualTo("arn of c");
        assertThat(kinesis.calls).containsExactly("describe c", "describe c", "register c", "describe c");
    }

    @Test
    void registeringIsTriedAgainWhenItIsThrottledOrAnotherTaskIsFaster() throws Exception {
        kinesis.faults.add(LimitExceededException.builder()
                .message("slow down")
                .statusCode(400)
                .build());
        kinesis.faults.add(ResourceInUseException.builder()
                .message("there")
                .statusCode(400)
                .build());
        kinesis.later.add(ConsumerStatus.ACTIVE);
        assertThat(consumer(FanOut.Lifecycle.JOB_MANAGED).activeArn()).isEqualTo("arn of c");
        assertThat(kinesis.calls.stream().filter(call -> call.startsWith("register")))
                .hasSize(3);
    }

    @Test
    void registeringEndsAfterAsManyLooksAsTheTableSays() {
        for (int i = 0; i < 9; i++) {
            kinesis.faults.add(LimitExceededException.builder()
                    .message("twenty are enough")
                    .statusCode(400)
                    .build());
        }
        assertThatThrownBy(() -> consumer(FanOut.Lifecycle.JOB_MANAGED).activeArn())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the consumer 'c' cannot be had: ", "twenty are enough", "after 4 looks");
    }

    @Test
    void oneThatTheJobDoesNotManageHasToExist() {
        assertThatThrownBy(() -> consumer(FanOut.Lifecycle.SELF_MANAGED).activeArn())
                .isInstanceOf(FinalFailureException.class)
                .hasMessage("stream '" + STREAM + "': the consumer 'c' is not registered"
                        + " (expected: registered before the job starts, as it is SELF_MANAGED)");
        assertThat(kinesis.calls).containsExactly("describe c");
    }

    @Test
    void theJobDeregistersOnlyWhatItManagesAndEndsWithoutThatToo() throws Exception {
        kinesis.status = ConsumerStatus.ACTIVE;
        consumer(FanOut.Lifecycle.SELF_MANAGED).deregister();
        assertThat(kinesis.calls).isEmpty();

        kinesis.faults.add(LimitExceededException.builder()
                .message("slow down")
                .statusCode(400)
                .build());
        consumer(FanOut.Lifecycle.JOB_MANAGED).deregister();
        consumer(FanOut.Lifecycle.JOB_MANAGED).deregister(); // it is gone by now
        assertThat(kinesis.calls).containsExactly("deregister c", "deregister c", "deregister c");

        kinesis.faults.add(LimitExceededException.builder()
                .message("slow down")
                .statusCode(400)
                .build());
        consumer(new FanOut.Consumer("c", null, FanOut.Lifecycle.JOB_MANAGED, Duration.ofMillis(1)))
                .deregister();
        assertThat(kinesis.calls).hasSize(4);
    }

    /** One consumer at most. Registering makes it; every later look takes the next status. */
    private static final class Consumers implements KinesisClient {
        final List<String> calls = new ArrayList<>();
        final Deque<RuntimeException> faults = new ArrayDeque<>();
        final Deque<ConsumerStatus> later = new ArrayDeque<>();

        @Nullable
        ConsumerStatus status;

        @Override
        public DescribeStreamConsumerResponse describeStreamConsumer(DescribeStreamConsumerRequest request) {
            String name = request.consumerName() == null ? request.consumerARN() : request.consumerName();
            calls.add("describe " + name);
            ConsumerStatus now = status;
            if (now == null) {
                throw ResourceNotFoundException.builder()
                        .message("gone")
                        .statusCode(400)
                        .build();
            }
            if (now != ConsumerStatus.ACTIVE) {
                next();
                now = status;
            }
            if (now == null) {
                throw ResourceNotFoundException.builder()
                        .message("gone")
                        .statusCode(400)
                        .build();
            }
            String arn = request.consumerARN() == null ? "arn of " + name : name;
            return DescribeStreamConsumerResponse.builder()
                    .consumerDescription(ConsumerDescription.builder()
                            .consumerARN(arn)
                            .consumerStatus(now)
                            .build())
                    .build();
        }

        private void next() {
            ConsumerStatus next = later.remove();
            status = next == ConsumerStatus.UNKNOWN_TO_SDK_VERSION ? null : next;
        }

        @Override
        public RegisterStreamConsumerResponse registerStreamConsumer(RegisterStreamConsumerRequest request) {
            calls.add("register " + request.consumerName());
            if (!faults.isEmpty()) {
                throw faults.remove();
            }
            status = ConsumerStatus.CREATING;
            return RegisterStreamConsumerResponse.builder()
                    .consumer(Consumer.builder()
                            .consumerARN("arn of " + request.consumerName())
                            .consumerStatus(status)
                            .build())
                    .build();
        }

        @Override
        public DeregisterStreamConsumerResponse deregisterStreamConsumer(DeregisterStreamConsumerRequest request) {
            calls.add("deregister " + request.consumerName());
            if (!faults.isEmpty()) {
                throw faults.remove();
            }
            if (status == null) {
                throw ResourceNotFoundException.builder()
                        .message("gone")
                        .statusCode(400)
                        .build();
            }
            status = null;
            return DeregisterStreamConsumerResponse.builder().build();
        }

        @Override
        public String serviceName() {
            return "kinesis";
        }

        @Override
        public void close() {}
    }
}
