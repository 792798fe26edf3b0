package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/**
 * The consumer that records are pushed to: finds it, registers it where the job manages it, and deregisters it.
 *
 * <p>The enumerator registers it at the start of the job. A reader that finds it missing registers it again, since
 * another job of the same consumer may have ended. A consumer that is registered already, by an earlier run that was
 * killed for example, is taken as it is. Each call waits for answers; at most one thread at a time.
 */
final class StreamConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(StreamConsumer.class);
    private static final Duration DEREGISTER_PAUSE = Duration.ofMillis(500);

    private final KinesisClient client;
    private final StreamRef stream;
    private final FanOut fanOut;
    private @Nullable String streamArn;

    private record Found(String arn, ConsumerStatus status) {}

    StreamConsumer(KinesisClient client, StreamRef stream, FanOut fanOut) {
        this.client = client;
        this.stream = stream;
        this.fanOut = fanOut;
        this.streamArn = stream.arn();
    }

    /**
     * Returns the ARN of the consumer once it is active.
     *
     * @throws FinalFailureException if there is no such stream, or no such consumer and the job does not manage it
     */
    String activeArn() throws InterruptedException {
        Retry retry = fanOut.describe();
        for (int looks = 1; ; looks++) {
            String state;
            RuntimeException failure = null;
            try {
                Found found = findOrRegister();
                if (found.status() == ConsumerStatus.ACTIVE) {
                    return found.arn();
                }
                state = "is " + found.status();
            } catch (SdkException e) {
                if (CallFailure.of(e) != CallFailure.PASSING) {
                    throw new FinalFailureException(described() + " cannot be had: " + CallFailure.wordsOf(e), e);
                }
                state = "cannot be had: " + CallFailure.wordsOf(e);
                failure = e;
            }
            if (retry.isSpent(looks)) {
                throw new IllegalStateException(described() + " " + state + ", after " + looks + " looks", failure);
            }
            LOG.info("{} {}; looking again", described(), state);
            TimeUnit.MILLISECONDS.sleep(retry.pauseAfter(looks).toMillis());
        }
    }

    private Found findOrRegister() {
        FanOut.Consumer consumer = fanOut.consumer();
        String arn = consumer.arn() == null ? streamArn() : null;
        try {
            var found = client.describeStreamConsumer(request ->
                            request.streamARN(arn).consumerName(consumer.name()).consumerARN(consumer.arn()))
                    .consumerDescription();
            return new Found(found.consumerARN(), found.consumerStatus());
        } catch (ResourceNotFoundException e) {
            if (consumer.lifecycle() == FanOut.Lifecycle.SELF_MANAGED) {
                throw new FinalFailureException(
                        described() + " is not registered (expected: registered before the job starts, as it is "
                                + "SELF_MANAGED)",
                        e);
            }
        }
        var registered = client.registerStreamConsumer(
                        request -> request.streamARN(arn).consumerName(consumer.name()))
                .consumer();
        return new Found(registered.consumerARN(), registered.consumerStatus());
    }

    private String streamArn() {
        String known = streamArn;
        if (known == null) {
            known = client.describeStreamSummary(request -> request.streamName(stream.name()))
                    .streamDescriptionSummary()
                    .streamARN();
            streamArn = known;
        }
        return known;
    }

    /**
     * Deregisters the consumer if the job manages it. What fails is told in the log alone: the job ends all the same.
     */
    void deregister() throws InterruptedException {
        FanOut.Consumer consumer = fanOut.consumer();
        if (consumer.lifecycle() == FanOut.Lifecycle.SELF_MANAGED) {
            return;
        }
        long deadline = System.nanoTime() + consumer.deregisterTimeout().toNanos();
        while (true) {
            try {
                String arn = streamArn();
                client.deregisterStreamConsumer(
                        request -> request.streamARN(arn).consumerName(consumer.name()));
                return;
            } catch (ResourceNotFoundException e) {
                return;
            } catch (SdkException e) {
                boolean passes = CallFailure.of(e) == CallFailure.PASSING;
                if (!passes || System.nanoTime() + DEREGISTER_PAUSE.toNanos() > deadline) {
                    LOG.warn("{} stays registered; deregister it yourself", described(), e);
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(DEREGISTER_PAUSE.toMillis());
        }
    }

    private String described() {
        FanOut.Consumer consumer = fanOut.consumer();
        return "stream '" + stream.nameOrArn() + "': the consumer '"
                + (consumer.name() == null ? consumer.arn() : consumer.name()) + "'";
    }
}
