package io.millrace.ingest.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The members of the bodies that are read here. No two names are of the same length, which is what finds them. */
enum Member {
    STREAM_NAME("StreamName"),
    STREAM_ARN("StreamARN"),
    RECORDS("Records"),
    DATA("Data"),
    PARTITION_KEY("PartitionKey"),
    EXPLICIT_HASH_KEY("ExplicitHashKey"),
    SEQUENCE_NUMBER_FOR_ORDERING("SequenceNumberForOrdering"),
    SHARD_ITERATOR("ShardIterator"),
    LIMIT("Limit");

    private static final @Nullable Member[] BY_LENGTH = byLength();

    private final byte[] ascii;

    Member(String name) {
        this.ascii = name.getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the bit that stands for this member in a set of members. */
    int bit() {
        return 1 << ascii.length;
    }

    /** @throws UncommonBodyException if the bytes name none of the members */
    static Member named(byte[] body, int from, int length) throws UncommonBodyException {
        Member member = length < BY_LENGTH.length ? BY_LENGTH[length] : null;
        if (member == null || !Arrays.equals(body, from, from + length, member.ascii, 0, length)) {
            throw new UncommonBodyException();
        }
        return member;
    }

    private static @Nullable Member[] byLength() {
        int longest = 0;
        for (Member member : values()) {
            longest = Math.max(longest, member.ascii.length);
        }
        @Nullable Member[] members = new @Nullable Member[longest + 1];
        for (Member member : values()) {
            members[member.ascii.length] = member;
        }
        return members;
    }
}
