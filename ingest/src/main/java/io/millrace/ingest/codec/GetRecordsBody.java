package io.millrace.ingest.codec;

import io.millrace.protocol.shape.BodyFormat;
import org.jspecify.annotations.Nullable;

/**
 * The input of GetRecords, within the limits of the API.
 *
 * @param limit 1 to 10,000 records
 */
public record GetRecordsBody(
        String shardIterator,
        @Nullable Integer limit,
        @Nullable String streamArn) {
    private static final int MAX_ITERATOR_LENGTH = 512;
    private static final int MAX_LIMIT = 10_000;

    /** Returns null when the body is not for this codec: not common, or not right. */
    public static @Nullable GetRecordsBody decode(byte[] body, BodyFormat format) {
        BodyCursor cursor = BodyCursor.of(body, format);
        try {
            return cursor == null ? null : read(cursor);
        } catch (UncommonBodyException e) {
            return null;
        }
    }

    private static @Nullable GetRecordsBody read(BodyCursor cursor) throws UncommonBodyException {
        StreamReference stream = new StreamReference();
        String iterator = null;
        Integer limit = null;
        int seen = 0;
        cursor.beginObject();
        for (Member member = cursor.nextMember(); member != null; member = cursor.nextMember()) {
            BodyCursor.require((seen & member.bit()) == 0);
            seen |= member.bit();
            switch (member) {
                case SHARD_ITERATOR -> iterator = cursor.text(MAX_ITERATOR_LENGTH);
                case LIMIT -> limit = cursor.number();
                case STREAM_ARN -> stream.read(member, cursor);
                default -> throw new UncommonBodyException();
            }
        }
        cursor.end();
        BodyCursor.require(limit == null || (limit >= 1 && limit <= MAX_LIMIT));
        return iterator == null ? null : new GetRecordsBody(iterator, limit, stream.arn());
    }
}
