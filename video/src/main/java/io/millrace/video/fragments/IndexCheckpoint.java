package io.millrace.video.fragments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far the indexes on disk can be relied on. As a document, a line with the segment and one for each stream.
 *
 * @param segment before which all fragments are in the indexes
 * @param ends how many entries the index of each stream had at least
 */
record IndexCheckpoint(long segment, Map<Long, Long> ends) {

    IndexCheckpoint withoutEnds() {
        return new IndexCheckpoint(segment, Map.of());
    }

    byte[] toDocument() {
        StringBuilder text = new StringBuilder().append(segment).append('\n');
        ends.forEach(
                (stream, end) -> text.append(stream).append(' ').append(end).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** @param document absent before the first checkpoint, when nothing is in the indexes */
    static IndexCheckpoint of(byte @Nullable [] document) throws IOException {
        if (document == null) {
            return new IndexCheckpoint(0, Map.of());
        }
        List<String> lines =
                new String(document, StandardCharsets.US_ASCII).lines().toList();
        try {
            Map<Long, Long> ends = new HashMap<>();
            for (String line : lines.subList(1, lines.size())) {
                int space = line.indexOf(' ');
                ends.put(Long.valueOf(line.substring(0, space)), Long.valueOf(line.substring(space + 1)));
            }
            return new IndexCheckpoint(Long.parseLong(lines.get(0)), ends);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException("the checkpoint of the fragment index is damaged", e);
        }
    }
}
