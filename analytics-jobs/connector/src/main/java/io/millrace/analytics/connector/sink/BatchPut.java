package io.millrace.analytics.connector.sink;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/**
 * Puts one batch: sends refused entries again after growing pauses, and finds the entry for which the service refuses a
 * whole request. Entries before a finally refused one are put before the failure is told. Thread-safe.
 */
final class BatchPut {
    private static final Logger LOG = LoggerFactory.getLogger(BatchPut.class);
    private static final int ATTEMPTS = 6;

    private final KinesisClient client;
    private final StreamRef stream;
    private final boolean failOnError;
    private final Backoff backoff;

    /** Waits before an attempt. */
    @FunctionalInterface
    interface Backoff {
        /** @param failures how many attempts have failed, from 1 */
        void pause(int failures) throws InterruptedException;
    }

    /** @param failOnError whether a refusal that may pass fails the task too, which then restarts */
    BatchPut(KinesisClient client, StreamRef stream, boolean failOnError, Backoff backoff) {
        this.client = client;
        this.stream = stream;
        this.failOnError = failOnError;
        this.backoff = backoff;
    }

    /**
     * What one attempt has left.
     *
     * @param again entries to send again, in order; all of them stand before the refused one, if there is one
     * @param failure why an entry can never be put
     */
    private record Left(
            List<PutRecordsRequestEntry> again, @Nullable RuntimeException failure) {
        static final Left NOTHING = new Left(List.of(), null);
    }

    /**
     * Puts the entries and returns those that the service still refuses for a reason that may pass.
     *
     * @throws FinalFailureException if an entry can never be put
     * @throws PassingFailureException if {@code failOnError} is set and the service refused an entry for now
     */
    List<PutRecordsRequestEntry> put(List<PutRecordsRequestEntry> entries) throws InterruptedException {
        Left left = send(entries);
        RuntimeException failure = left.failure();
        for (int failures = 1; failures < ATTEMPTS && !left.again().isEmpty(); failures++) {
            if (failure instanceof PassingFailureException) {
                throw failure;
            }
            backoff.pause(failures);
            left = send(left.again());
            failure = left.failure() != null ? left.failure() : failure;
        }
        if (failure != null) {
            throw failure;
        }
        return left.again();
    }

    private Left send(List<PutRecordsRequestEntry> entries) {
        try {
            return leftOf(entries, request(entries));
        } catch (SdkException e) {
            return switch (CallFailure.of(e)) {
                case PASSING -> passing(entries, e);
                case REQUEST -> entries.size() == 1 ? new Left(List.of(), refused(entries.get(0), e)) : halves(entries);
                case STREAM_NOT_FOUND -> isThere() ? passing(entries, e) : new Left(List.of(), notThere(e));
                case FINAL -> new Left(List.of(), new FinalFailureException(prefix() + CallFailure.wordsOf(e), e));
            };
        }
    }

    private List<PutRecordsResultEntry> request(List<PutRecordsRequestEntry> entries) {
        return client.putRecords(request -> request.streamName(stream.name())
                        .streamARN(stream.arn())
                        .records(entries))
                .records();
    }

    private Left passing(List<PutRecordsRequestEntry> entries, SdkException e) {
        LOG.warn("stream {}: a put failed and is sent again", stream.nameOrArn(), e);
        return new Left(
                entries, failOnError ? new PassingFailureException(prefix() + CallFailure.wordsOf(e), e) : null);
    }

    /** Nothing of a refused request was put, so the two halves are two requests. */
    private Left halves(List<PutRecordsRequestEntry> entries) {
        Left first = send(entries.subList(0, entries.size() / 2));
        if (first.failure() != null) {
            return first;
        }
        Left second = send(entries.subList(entries.size() / 2, entries.size()));
        List<PutRecordsRequestEntry> again = new ArrayList<>(first.again());
        again.addAll(second.again());
        return new Left(again, second.failure());
    }

    private Left leftOf(List<PutRecordsRequestEntry> entries, List<PutRecordsResultEntry> results) {
        if (results.stream().allMatch(result -> result.errorCode() == null)) {
            return Left.NOTHING;
        }
        List<PutRecordsRequestEntry> again = new ArrayList<>();
        RuntimeException failure = null;
        for (int i = 0; i < results.size(); i++) {
            PutRecordsResultEntry result = results.get(i);
            if (result.errorCode() == null) {
                continue;
            }
            String words = result.errorCode() + ": " + result.errorMessage();
            if (!CallFailure.passes(result.errorCode())) {
                return new Left(
                        again, new FinalFailureException(prefix(entries.get(i)) + "is refused: " + words, null));
            }
            if (failOnError && failure == null) {
                failure = new PassingFailureException(prefix(entries.get(i)) + "is refused: " + words, null);
            }
            again.add(entries.get(i));
        }
        LOG.warn("stream {}: {} of {} records were refused", stream.nameOrArn(), again.size(), entries.size());
        return new Left(again, failure);
    }

    /** A stream that is being made or changed answers as if it were not there. */
    private boolean isThere() {
        try {
            return client.describeStreamSummary(
                                    request -> request.streamName(stream.name()).streamARN(stream.arn()))
                            .streamDescriptionSummary()
                            .streamStatus()
                    != StreamStatus.DELETING;
        } catch (ResourceNotFoundException e) {
            return false;
        } catch (SdkException e) {
            return CallFailure.of(e) == CallFailure.PASSING;
        }
    }

    private FinalFailureException notThere(SdkException e) {
        return new FinalFailureException(prefix() + "does not exist (" + CallFailure.wordsOf(e) + ")", e);
    }

    private FinalFailureException refused(PutRecordsRequestEntry entry, SdkException e) {
        return new FinalFailureException(prefix(entry) + "is refused: " + CallFailure.wordsOf(e), e);
    }

    private String prefix() {
        return "stream '" + stream.nameOrArn() + "': ";
    }

    private String prefix(PutRecordsRequestEntry entry) {
        return prefix() + "the record with " + RecordCheck.shown(entry) + " ";
    }
}
