package io.millrace.video.mkv;

/** The identifiers of the elements that matter here, with their length marker, as they are written (RFC 9559). */
final class ElementId {
    static final long EBML = 0x1A45DFA3L;
    static final long SEGMENT = 0x18538067L;
    static final long SEEK_HEAD = 0x114D9B74L;
    static final long INFO = 0x1549A966L;
    static final long TIMESTAMP_SCALE = 0x2AD7B1L;
    static final long TRACKS = 0x1654AE6BL;
    static final long TRACK_ENTRY = 0xAEL;
    static final long TRACK_NUMBER = 0xD7L;
    static final long DEFAULT_DURATION = 0x23E383L;
    static final long CLUSTER = 0x1F43B675L;
    static final long TIMESTAMP = 0xE7L;
    static final long SIMPLE_BLOCK = 0xA3L;
    static final long BLOCK_GROUP = 0xA0L;
    static final long BLOCK = 0xA1L;
    static final long BLOCK_DURATION = 0x9BL;
    static final long CUES = 0x1C53BB6BL;
    static final long CHAPTERS = 0x1043A770L;
    static final long ATTACHMENTS = 0x1941A469L;
    static final long TAGS = 0x1254C367L;
    static final long TAG = 0x7373L;
    static final long SIMPLE_TAG = 0x67C8L;
    static final long TAG_NAME = 0x45A3L;
    static final long TAG_STRING = 0x4487L;

    private ElementId() {}

    /** Tells whether an element can only stand in a segment, so that it ends a cluster of unknown size. */
    static boolean isSegmentChild(long id) {
        return id == CLUSTER
                || id == TAGS
                || id == SEEK_HEAD
                || id == INFO
                || id == TRACKS
                || id == CUES
                || id == CHAPTERS
                || id == ATTACHMENTS;
    }

    /** Tells whether an element stands outside of everything, so that it ends a segment of unknown size. */
    static boolean isTopLevel(long id) {
        return id == EBML || id == SEGMENT;
    }
}
