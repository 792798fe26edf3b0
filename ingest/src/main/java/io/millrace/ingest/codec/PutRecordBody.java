package io.millrace.ingest.codec;

import io.millrace.protocol.shape.BodyFormat;
import org.jspecify.annotations.Nullable;

/**
 * The input of PutRecord. It satisfies every constraint of the API on single members; whether the stream exists and
 * what it allows is not known here.
 *
 * @param record holds one record
 * @param sequenceNumberForOrdering decimal digits
 */
public record PutRecordBody(
        @Nullable String streamName,
        @Nullable String streamArn,
        DecodedRecords record,
        @Nullable String sequenceNumberForOrdering) {
    private static final int MAX_SEQUENCE_NUMBER_DIGITS = 129;

    /** Returns null when the body is not for this codec: not common, or not right. */
    public static @Nullable PutRecordBody decode(byte[] body, BodyFormat format) {
        BodyCursor cursor = BodyCursor.of(body, format);
        try {
            return cursor == null ? null : read(cursor);
        } catch (UncommonBodyException e) {
            return null;
        }
    }

    private static PutRecordBody read(BodyCursor cursor) throws UncommonBodyException {
        StreamReference stream = new StreamReference();
        DecodedRecords record = new DecodedRecords(cursor.body, 1);
        String ordering = null;
        int seen = 0;
        cursor.beginObject();
        for (Member member = cursor.nextMember(); member != null; member = cursor.nextMember()) {
            BodyCursor.require((seen & member.bit()) == 0);
            switch (member) {
                case STREAM_NAME, STREAM_ARN -> stream.read(member, cursor);
                case SEQUENCE_NUMBER_FOR_ORDERING -> ordering = cursor.digits(MAX_SEQUENCE_NUMBER_DIGITS);
                default -> RecordMembers.read(member, seen, cursor, record);
            }
            seen |= member.bit();
        }
        cursor.end();
        RecordMembers.requireAll(seen);
        record.rowDone();
        return new PutRecordBody(stream.name(), stream.arn(), record, ordering);
    }
}
