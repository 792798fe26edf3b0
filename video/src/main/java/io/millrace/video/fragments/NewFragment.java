package io.millrace.video.fragments;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A fragment on its way into the store.
 *
 * @param number from {@link FragmentStore#nextNumber()}, above those of all fragments of the stream before it
 * @param payload must not be changed any more; only views of it are consumed
 */
public record NewFragment(long number, FragmentTime time, FragmentHead head, List<ByteBuffer> payload) {
    public NewFragment {
        payload = List.copyOf(payload);
    }

    public int payloadBytes() {
        return payload.stream().mapToInt(ByteBuffer::remaining).sum();
    }
}
