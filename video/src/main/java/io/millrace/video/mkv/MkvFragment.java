package io.millrace.video.mkv;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * One cluster, complete.
 *
 * @param timecodeMillis the cluster's timestamp, in milliseconds of the producer's choice of clock
 * @param durationMillis the media's length; always above zero
 * @param payload the producer's {@code Tags} that stood before the cluster, if any, and the cluster, both as sent
 */
public record MkvFragment(MkvHead head, long timecodeMillis, int durationMillis, List<ByteBuffer> payload) {
    public MkvFragment {
        payload = List.copyOf(payload);
    }

    public int payloadBytes() {
        return payload.stream().mapToInt(ByteBuffer::remaining).sum();
    }
}
