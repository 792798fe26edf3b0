package io.millrace.server.bench.client;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.IntStream;

/**
 * A request into whose records the time can be written before each sending.
 *
 * <p>The first nine bytes of each record are the stamp: a {@link System#nanoTime} of this process, big-endian, and a
 * zero. Nine, since they are twelve characters of Base64 whatever follows. Confined to one thread.
 */
public final class StampedRequest {
    static final int STAMP_BYTES = 9;
    static final int STAMP_CHARACTERS = 12;

    private final ByteBuffer request;
    private final int[] positions;

    private StampedRequest(ByteBuffer request, int[] positions) {
        this.request = request;
        this.positions = positions;
    }

    /** @param mark what stands where the stamps are to be */
    static StampedRequest at(ByteBuffer request, byte[] mark) {
        byte[] bytes = new byte[request.remaining()];
        request.duplicate().get(bytes);
        IntStream.Builder found = IntStream.builder();
        int at = ByteSearch.indexOf(bytes, 0, bytes.length, mark);
        while (at >= 0) {
            found.add(at);
            at = ByteSearch.indexOf(bytes, at + mark.length, bytes.length, mark);
        }
        return new StampedRequest(request, found.build().toArray());
    }

    int records() {
        return positions.length;
    }

    /** Returns the request, whole, with this time in each record. */
    public ByteBuffer stamped(long nanoTime) {
        byte[] stamp = new byte[STAMP_BYTES];
        ByteBuffer.wrap(stamp).putLong(nanoTime);
        byte[] characters = Base64.getEncoder().encode(stamp);
        for (int position : positions) {
            request.put(position, characters);
        }
        return request.duplicate();
    }

    /** Returns the time in the Base64 of a record that begins at {@code from}. */
    static long stampIn(byte[] json, int from) {
        byte[] characters = Arrays.copyOfRange(json, from, from + STAMP_CHARACTERS);
        return ByteBuffer.wrap(Base64.getDecoder().decode(characters)).getLong();
    }
}
