package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.Closeable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Counter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * Does with records that cannot be deserialized what {@link OnError} says. A dead letter is acknowledged before the
 * record counts as read, so none is lost; after a restart some may be there twice. Confined to the task's thread.
 */
final class PoisonRecords implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(PoisonRecords.class);
    private static final Retry RETRY = Retry.endless(Duration.ofMillis(200), Duration.ofSeconds(10));

    private final Connection connection;
    private final StreamRef stream;
    private final OnError onError;
    private final Counter counted;
    private @Nullable KinesisClient client;
    private long seen;

    PoisonRecords(Connection connection, StreamRef stream, OnError onError, Counter counted) {
        this.connection = connection;
        this.stream = stream;
        this.onError = onError;
        this.counted = counted;
    }

    /** @throws FinalFailureException if the job has to end */
    void refused(KinesisRecord record, Exception reason) {
        StreamRef deadLetters = onError.deadLetters();
        if (onError.action() == OnError.Action.FAIL) {
            throw new FinalFailureException(described(record) + " cannot be deserialized: " + wordsOf(reason), reason);
        }
        if (deadLetters != null) {
            put(record, deadLetters);
        }
        counted.inc();
        if (Long.bitCount(++seen) == 1) { // the 1st, 2nd, 4th, 8th: a stream full of them fills no disk with its log
            LOG.warn("{} cannot be deserialized; {} such records so far", described(record), seen, reason);
        }
    }

    private void put(KinesisRecord record, StreamRef target) {
        for (int failures = 1; ; failures++) {
            try {
                client().putRecord(request -> request.streamName(target.name())
                        .streamARN(target.arn())
                        .partitionKey(record.partitionKey())
                        .data(SdkBytes.fromByteArrayUnsafe(record.data())));
                return;
            } catch (SdkException e) {
                if (CallFailure.of(e) != CallFailure.PASSING) {
                    throw new FinalFailureException(
                            "stream '" + target.nameOrArn() + "' does not take the dead letter of " + described(record)
                                    + ": " + CallFailure.wordsOf(e),
                            e);
                }
                LOG.warn("stream {}: a dead letter could not be put and is sent again", target.nameOrArn(), e);
                sleep(RETRY.pauseAfter(failures));
            }
        }
    }

    private static void sleep(Duration pause) {
        try {
            TimeUnit.MILLISECONDS.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before a dead letter was put", e);
        }
    }

    private KinesisClient client() {
        KinesisClient opened = client;
        if (opened == null) {
            opened = connection.open();
            client = opened;
        }
        return opened;
    }

    private String described(KinesisRecord record) {
        return "stream '" + stream.nameOrArn() + "': the record " + record.sequenceNumber() + " of " + record.shardId()
                + " (" + record.data().length + " bytes)";
    }

    private static String wordsOf(Exception reason) {
        Throwable last = reason;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        String words = String.valueOf(last.getMessage());
        return words.lines().findFirst().orElse(words);
    }

    @Override
    public void close() {
        KinesisClient opened = client;
        if (opened != null) {
            opened.close();
        }
    }
}
