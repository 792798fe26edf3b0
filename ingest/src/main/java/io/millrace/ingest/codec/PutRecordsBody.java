package io.millrace.ingest.codec;

import io.millrace.protocol.shape.BodyFormat;
import org.jspecify.annotations.Nullable;

/**
 * The input of PutRecords. It satisfies every constraint of the API on single members (1 to 500 records, lengths,
 * patterns) and holds at most 10 MiB; whether the stream exists and what it allows is not known here.
 */
public record PutRecordsBody(
        @Nullable String streamName, @Nullable String streamArn, DecodedRecords records) {
    private static final int EXPECTED_RECORDS = 128;

    /** Returns null when the body is not for this codec: not common, or not right. */
    public static @Nullable PutRecordsBody decode(byte[] body, BodyFormat format) {
        BodyCursor cursor = BodyCursor.of(body, format);
        try {
            return cursor == null ? null : read(cursor);
        } catch (UncommonBodyException e) {
            return null;
        }
    }

    private static @Nullable PutRecordsBody read(BodyCursor cursor) throws UncommonBodyException {
        StreamReference stream = new StreamReference();
        DecodedRecords records = new DecodedRecords(cursor.body, EXPECTED_RECORDS);
        int seen = 0;
        cursor.beginObject();
        for (Member member = cursor.nextMember(); member != null; member = cursor.nextMember()) {
            BodyCursor.require((seen & member.bit()) == 0);
            seen |= member.bit();
            if (member == Member.RECORDS) {
                readRecords(cursor, records);
            } else {
                stream.read(member, cursor);
            }
        }
        cursor.end();
        return records.count() == 0 ? null : new PutRecordsBody(stream.name(), stream.arn(), records);
    }

    private static void readRecords(BodyCursor cursor, DecodedRecords records) throws UncommonBodyException {
        cursor.beginArray();
        while (cursor.nextElement()) {
            records.newRow();
            int seen = 0;
            cursor.beginObject();
            for (Member member = cursor.nextMember(); member != null; member = cursor.nextMember()) {
                seen = RecordMembers.read(member, seen, cursor, records);
            }
            RecordMembers.requireAll(seen);
            records.rowDone();
        }
    }
}
