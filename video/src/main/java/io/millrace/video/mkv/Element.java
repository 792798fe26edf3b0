package io.millrace.video.mkv;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** One element of a small part of a stream that is wholly in memory. */
record Element(long id, byte[] body) {

    /** Reads the elements that lie side by side in a body. */
    static List<Element> childrenOf(byte[] body) throws MalformedMkvException {
        List<Element> children = new ArrayList<>();
        int position = 0;
        while (position < body.length) {
            int idLength = Vint.lengthOf(body[position]);
            int sizeAt = position + idLength;
            if (idLength > 4 || sizeAt >= body.length) {
                throw MalformedMkvException.invalid(
                        String.format(Locale.ROOT, "element at %d of a body: bad identifier", position));
            }
            int sizeLength = Vint.lengthOf(body[sizeAt]);
            int start = sizeAt + sizeLength;
            if (sizeLength > 8 || start > body.length) {
                throw MalformedMkvException.invalid(
                        String.format(Locale.ROOT, "element at %d of a body: bad size", position));
            }
            long size = Vint.size(body, sizeAt, sizeLength);
            if (size < 0 || size > body.length - start) {
                throw MalformedMkvException.invalid(String.format(
                        Locale.ROOT,
                        "element at %d of a body: %d bytes (expected: at most %d)",
                        position,
                        size,
                        body.length - start));
            }
            int end = start + (int) size;
            children.add(new Element(Vint.raw(body, position, idLength), Arrays.copyOfRange(body, start, end)));
            position = end;
        }
        return children;
    }

    long unsigned() throws MalformedMkvException {
        if (body.length > 8 || (body.length == 8 && body[0] < 0)) {
            throw MalformedMkvException.invalid(
                    String.format(Locale.ROOT, "integer of element 0x%X: above 63 bits", id));
        }
        return Vint.raw(body, 0, body.length);
    }

    /** Returns the text up to the first zero byte, with which EBML pads. */
    String text() {
        int end = 0;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        return new String(body, 0, end, StandardCharsets.UTF_8);
    }
}
