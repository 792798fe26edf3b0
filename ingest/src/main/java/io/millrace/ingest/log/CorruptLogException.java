package io.millrace.ingest.log;

import java.io.IOException;

/** Acknowledged data on disk is damaged. Nothing was changed; what lies before and after it can still be read. */
public final class CorruptLogException extends IOException {
    private static final long serialVersionUID = 1;

    private final long resumeOffset;

    /** For damage that concerns a log as a whole. */
    public CorruptLogException(Damage damage) {
        this(damage, Long.MAX_VALUE);
    }

    public CorruptLogException(Damage damage, long resumeOffset) {
        super(damage.toString());
        this.resumeOffset = resumeOffset;
    }

    /** Returns the offset of the shard from which on records may be readable again. */
    public long resumeOffset() {
        return resumeOffset;
    }
}
