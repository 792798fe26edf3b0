package io.millrace.ingest.codec;

import org.jspecify.annotations.Nullable;

/** The members by which an input names its stream, while they are being read. */
final class StreamReference {
    private static final int MAX_NAME_LENGTH = 128;
    private static final int MAX_ARN_LENGTH = 2048;

    private @Nullable String name;
    private @Nullable String arn;

    @Nullable
    String name() {
        return name;
    }

    @Nullable
    String arn() {
        return arn;
    }

    void read(Member member, BodyCursor cursor) throws UncommonBodyException {
        if (member == Member.STREAM_NAME) {
            String text = cursor.text(MAX_NAME_LENGTH);
            BodyCursor.require(Ascii.isName(text));
            name = text;
        } else if (member == Member.STREAM_ARN) {
            String text = cursor.text(MAX_ARN_LENGTH);
            BodyCursor.require(Ascii.isStreamArn(text));
            arn = text;
        } else {
            throw new UncommonBodyException();
        }
    }
}
