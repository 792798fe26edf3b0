package io.millrace.protocol.shape;

import java.util.Locale;

/**
 * Walks over a CBOR body before anything is made of it, and refuses what costs more than its length to read: lengths of
 * more than is there, nesting, and any tag but the 1 of a timestamp. Jackson keeps the tags before a value in an array
 * that it copies for each of them, so a body of 300 KB made it allocate 22 GB.
 *
 * <p>What follows the first item is not looked at. Not thread-safe; one for each body.
 */
final class CborStructure {
    private static final int MAJOR_SHIFT = 5;
    private static final int ARGUMENT_MASK = 0x1f;
    private static final int INDEFINITE = 31;
    private static final int ONE_BYTE_FOLLOWS = 24;
    private static final int EIGHT_BYTES_FOLLOW = 27;
    private static final int BREAK = 0xff;

    private static final int NEGATIVE_INTEGER = 1;
    private static final int TEXT = 3;
    private static final int MAP = 5;
    private static final int TAG = 6;
    private static final int SIMPLE = 7;
    private static final int TIMESTAMP = 1;

    private final byte[] body;
    private int position;

    private CborStructure(byte[] body) {
        this.body = body;
    }

    static void check(byte[] body) throws MalformedBodyException {
        new CborStructure(body).item(0);
    }

    private void item(int depth) throws MalformedBodyException {
        int head = next();
        if (head >>> MAJOR_SHIFT == TAG) {
            if (argument(head) != TIMESTAMP) {
                throw MalformedBodyException.unreadable("the body holds a tag that is no timestamp's");
            }
            head = next();
        }
        int major = head >>> MAJOR_SHIFT;
        if (major == TAG) {
            throw MalformedBodyException.unreadable("the body holds a tag of a tag");
        } else if (major <= NEGATIVE_INTEGER || major == SIMPLE) {
            argument(head);
        } else if (major <= TEXT) {
            string(head);
        } else {
            container(head, depth + 1);
        }
    }

    private void string(int head) throws MalformedBodyException {
        if ((head & ARGUMENT_MASK) != INDEFINITE) {
            skip(length(head));
            return;
        }
        for (int chunk = next(); chunk != BREAK; chunk = next()) {
            if (chunk >>> MAJOR_SHIFT != head >>> MAJOR_SHIFT) {
                throw MalformedBodyException.unreadable("the body holds a string with something else inside");
            }
            skip(length(chunk));
        }
    }

    private void skip(long bytes) {
        position += (int) bytes;
    }

    private void container(int head, int depth) throws MalformedBodyException {
        if (depth > BodyFormat.MAX_DEPTH) {
            throw MalformedBodyException.unreadable(
                    String.format(Locale.ROOT, "the body is nested more than %d deep", BodyFormat.MAX_DEPTH));
        }
        int itemsOfAnEntry = head >>> MAJOR_SHIFT == MAP ? 2 : 1;
        if ((head & ARGUMENT_MASK) != INDEFINITE) {
            for (long left = length(head) * itemsOfAnEntry; left > 0; left--) {
                item(depth);
            }
            return;
        }
        while (peek() != BREAK) {
            for (int i = 0; i < itemsOfAnEntry; i++) {
                item(depth);
            }
        }
        position++;
    }

    /** Returns a count of bytes or entries, of which there can be that many. */
    private long length(int head) throws MalformedBodyException {
        long length = argument(head);
        if (length < 0 || length > body.length - position) {
            throw MalformedBodyException.unreadable("the body announces more than it holds");
        }
        return length;
    }

    private long argument(int head) throws MalformedBodyException {
        int low = head & ARGUMENT_MASK;
        if (low < ONE_BYTE_FOLLOWS) {
            return low;
        }
        if (low > EIGHT_BYTES_FOLLOW) {
            throw MalformedBodyException.unreadable("the body holds a byte that means nothing here");
        }
        long argument = 0;
        for (int left = 1 << (low - ONE_BYTE_FOLLOWS); left > 0; left--) {
            argument = argument << Byte.SIZE | next();
        }
        return argument;
    }

    private int next() throws MalformedBodyException {
        int next = peek();
        position++;
        return next;
    }

    private int peek() throws MalformedBodyException {
        if (position >= body.length) {
            throw MalformedBodyException.unreadable("the body ends too early");
        }
        return Byte.toUnsignedInt(body[position]);
    }
}
