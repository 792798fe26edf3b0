package io.millrace.ingest.codec;

/** The members that a record has in PutRecords and in PutRecord alike. */
final class RecordMembers {
    private static final int REQUIRED = Member.DATA.bit() | Member.PARTITION_KEY.bit();
    private static final int MAX_HASH_KEY_DIGITS = 39;

    private RecordMembers() {}

    /**
     * Reads a member's value into the row that is being filled.
     *
     * @param seen the members read before
     * @return the members read so far
     */
    static int read(Member member, int seen, BodyCursor cursor, DecodedRecords records) throws UncommonBodyException {
        BodyCursor.require((seen & member.bit()) == 0);
        switch (member) {
            case DATA -> cursor.data(records);
            case PARTITION_KEY -> cursor.key(records);
            case EXPLICIT_HASH_KEY -> records.explicitHashKey(cursor.digits(MAX_HASH_KEY_DIGITS));
            default -> throw new UncommonBodyException();
        }
        return seen | member.bit();
    }

    static void requireAll(int seen) throws UncommonBodyException {
        BodyCursor.require((seen & REQUIRED) == REQUIRED);
    }
}
