package io.millrace.video.mkv;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a Matroska stream into fragments while it arrives, in pieces of any size.
 *
 * <p>A fragment is a cluster. It ends with its size; when that is unknown, with the element after it, with the tag
 * {@code AWS_KINESISVIDEO_END_OF_FRAGMENT} or with the stream. {@code Tags} between clusters belong to the cluster
 * behind them, except that tag, which is dropped, as is everything else between clusters. A new EBML head may come at
 * any time between clusters and begins a new {@link MkvHead}.
 *
 * <p>Invariants: the fragments do not depend on how the stream was cut into pieces. At most {@link #heldBytes()} are
 * held, which is never above {@value #MAX_FRAGMENT_BYTES} and {@value #MAX_HEAD_BYTES} together with the unused ends of
 * their buffers. After a {@link MalformedMkvException} the parser must not be fed again. Not thread-safe.
 */
public final class MkvParser {
    public static final int MAX_FRAGMENT_BYTES = 50 * 1024 * 1024;
    public static final int MAX_HEAD_BYTES = 1024 * 1024;
    static final String END_OF_FRAGMENT = "AWS_KINESISVIDEO_END_OF_FRAGMENT";

    private static final int MAX_HEADER_BYTES = 12;
    private static final int BLOCK_HEADER_BYTES = 11;
    private static final int MAX_TAGS_BYTES = 64 * 1024;
    private static final int NUMBER_BYTES = 8;

    private final FragmentListener listener;
    private final Containers open = new Containers();

    // The element that is being read: its header, then the first part of its body, then the rest.
    private final byte[] header = new byte[MAX_HEADER_BYTES];
    private int headerFilled;
    private int headerLength;
    private boolean inBody;
    private long elementId;
    private byte[] collected = new byte[0];
    private int collectedLength;
    private long restBytes;

    private @Nullable Gathered headBytes;
    private MkvHead.Collector headFacts = new MkvHead.Collector();
    private @Nullable MkvHead head;
    private Gathered payload = new Gathered();
    private @Nullable FragmentTimes times;
    private boolean timestampSeen;
    private long timecodeMillis;
    private short blockTime;

    public MkvParser(FragmentListener listener) {
        this.listener = listener;
    }

    /** Returns how much memory the head and the fragment that are still open hold. */
    public int heldBytes() {
        Gathered openHead = headBytes;
        return payload.allocated() + (openHead == null ? 0 : openHead.allocated());
    }

    /** Takes the next piece of the stream, whole. */
    public void feed(ByteBuffer piece) throws MalformedMkvException {
        while (piece.hasRemaining()) {
            if (inBody) {
                readBody(piece);
            } else {
                readHeaderByte(piece.get());
            }
        }
    }

    /** Ends the stream: completes a cluster of unknown size, and refuses a stream that was cut inside an element. */
    public void end() throws MalformedMkvException {
        if (inBody || headerFilled > 0 || open.isInsideKnownSize()) {
            throw MalformedMkvException.invalid(
                    String.format(Locale.ROOT, "the stream ends inside element 0x%X", elementId));
        }
        if (open.inCluster()) {
            completeFragment();
        }
        if (head == null) {
            throw MalformedMkvException.invalid("the stream has no Cluster");
        }
    }

    private void readHeaderByte(byte next) throws MalformedMkvException {
        header[headerFilled++] = next;
        int idLength = Vint.lengthOf(header[0]);
        if (idLength > 4) {
            throw MalformedMkvException.invalid(
                    String.format(Locale.ROOT, "element identifier: starts with 0x%02X", header[0]));
        }
        if (headerFilled <= idLength) {
            return;
        }
        int sizeLength = Vint.lengthOf(header[idLength]);
        if (sizeLength > 8) {
            throw MalformedMkvException.invalid("element size: starts with 0x00");
        }
        if (headerFilled == idLength + sizeLength) {
            headerLength = headerFilled;
            headerFilled = 0;
            elementId = Vint.raw(header, 0, idLength);
            beginElement(Vint.size(header, idLength, sizeLength), idLength);
        }
    }

    private void beginElement(long size, int idLength) throws MalformedMkvException {
        closeUnknownSizes();
        open.checkFits(headerLength, size);
        open.consume(headerLength);
        if (open.isTop()) {
            beginAtTop(size, idLength);
        } else if (open.inCluster()) {
            beginInCluster(size);
        } else {
            beginInSegment(size);
        }
    }

    /** Ends what has no size of its own and cannot contain the element that begins. */
    private void closeUnknownSizes() throws MalformedMkvException {
        boolean top = ElementId.isTopLevel(elementId);
        if (open.isClusterUnknown() && (top || ElementId.isSegmentChild(elementId))) {
            completeFragment();
        }
        if (top && open.isSegmentUnknown() && !open.inCluster()) {
            open.closeSegment();
        }
    }

    private void beginAtTop(long size, int idLength) throws MalformedMkvException {
        if (elementId == ElementId.EBML) {
            headBytes = new Gathered();
            headFacts = new MkvHead.Collector();
            payload = new Gathered();
            keepInHead(known(size));
            readBodyOf(size, 0);
        } else if (elementId == ElementId.SEGMENT && headBytes != null) {
            // All ones behind the marker: the size is made unknown without moving a byte.
            header[idLength] |= (byte) (0xFF >>> Vint.lengthOf(header[idLength]));
            Arrays.fill(header, idLength + 1, headerLength, (byte) 0xFF);
            keepInHead(0);
            open.openSegment(size);
            open.closeFinishedSegment();
        } else {
            throw MalformedMkvException.invalid(String.format(
                    Locale.ROOT,
                    "element 0x%X outside of a segment (expected: an EBML head, then a Segment)",
                    elementId));
        }
    }

    private void beginInSegment(long size) throws MalformedMkvException {
        if (elementId == ElementId.CLUSTER) {
            beginCluster(size);
        } else if (ElementId.isTopLevel(elementId)) {
            throw MalformedMkvException.invalid(
                    String.format(Locale.ROOT, "element 0x%X: inside of a segment", elementId));
        } else if (headBytes != null) {
            keepInHead(known(size));
            boolean read = elementId == ElementId.INFO || elementId == ElementId.TRACKS;
            readBodyOf(size, read ? MAX_HEAD_BYTES : 0);
        } else if (elementId == ElementId.TAGS) {
            if (known(size) > MAX_TAGS_BYTES) {
                throw MalformedMkvException.invalid(
                        String.format(Locale.ROOT, "Tags: %d bytes (expected: at most %d)", size, MAX_TAGS_BYTES));
            }
            readBodyOf(size, MAX_TAGS_BYTES);
        } else {
            readBodyOf(known(size), 0);
        }
    }

    private void beginCluster(long size) throws MalformedMkvException {
        Gathered finished = headBytes;
        if (finished != null) {
            head = headFacts.finish(finished.toByteArray());
            headBytes = null;
        }
        MkvHead current = head;
        if (current == null) {
            throw MalformedMkvException.invalid("Cluster: without a head");
        }
        times = new FragmentTimes(current);
        timestampSeen = false;
        keepHeaderInPayload(Math.max(size, 0));
        open.openCluster(size);
        closeFinished();
    }

    private void beginInCluster(long size) throws MalformedMkvException {
        keepHeaderInPayload(known(size));
        if (elementId == ElementId.BLOCK_GROUP && !open.inGroup()) {
            open.openGroup(size);
            closeFinished();
        } else if (elementId == ElementId.TIMESTAMP || elementId == ElementId.BLOCK_DURATION) {
            if (size > NUMBER_BYTES) {
                throw MalformedMkvException.invalid(
                        String.format(Locale.ROOT, "element 0x%X: %d bytes (expected: at most 8)", elementId, size));
            }
            readBodyOf(size, NUMBER_BYTES);
        } else {
            boolean block = elementId == ElementId.SIMPLE_BLOCK || elementId == ElementId.BLOCK;
            readBodyOf(size, block ? BLOCK_HEADER_BYTES : 0);
        }
    }

    private long known(long size) throws MalformedMkvException {
        if (size == Vint.UNKNOWN) {
            throw MalformedMkvException.invalid(String.format(Locale.ROOT, "element 0x%X: unknown size", elementId));
        }
        return size;
    }

    /** Keeps the header of an element of the head, after a look at whether its body will fit. */
    private void keepInHead(long bodyBytes) throws MalformedMkvException {
        Gathered target = headBytes;
        if (target == null || bodyBytes > MAX_HEAD_BYTES - target.length() - headerLength) {
            throw MalformedMkvException.invalid(
                    String.format(Locale.ROOT, "head: longer than %d bytes", MAX_HEAD_BYTES));
        }
        target.append(ByteBuffer.wrap(header, 0, headerLength));
    }

    /** Keeps the header of an element of a fragment, after a look at whether its body will fit. */
    private void keepHeaderInPayload(long bodyBytes) throws MalformedMkvException {
        if (bodyBytes > MAX_FRAGMENT_BYTES - payload.length() - headerLength) {
            throw new MalformedMkvException(
                    MalformedMkvException.Kind.FRAGMENT_TOO_LARGE,
                    String.format(Locale.ROOT, "fragment: longer than %d bytes", MAX_FRAGMENT_BYTES));
        }
        payload.append(ByteBuffer.wrap(header, 0, headerLength));
    }

    private void keepBody(ByteBuffer part) {
        Gathered openHead = headBytes;
        if (openHead != null) {
            openHead.append(part);
        } else if (open.inCluster()) {
            payload.append(part);
        }
    }

    /** Reads a body whose header was taken: its first bytes are collected, the others pass by. */
    private void readBodyOf(long size, int atMost) throws MalformedMkvException {
        collected = new byte[(int) Math.min(size, atMost)];
        collectedLength = 0;
        restBytes = size - collected.length;
        inBody = true;
        if (collected.length == 0) {
            onCollected();
        }
    }

    private void readBody(ByteBuffer piece) throws MalformedMkvException {
        boolean collecting = collectedLength < collected.length;
        long wanted = collecting ? collected.length - collectedLength : restBytes;
        int count = (int) Math.min(wanted, piece.remaining());
        ByteBuffer part = piece.slice(piece.position(), count);
        piece.position(piece.position() + count);
        if (collecting) {
            part.duplicate().get(collected, collectedLength, count);
            collectedLength += count;
        } else {
            restBytes -= count;
        }
        keepBody(part);
        open.consume(count);
        if (collecting && collectedLength == collected.length) {
            onCollected();
        } else if (!collecting) {
            finishIfWhole();
        }
    }

    private void onCollected() throws MalformedMkvException {
        if (open.inCluster()) {
            onClusterValue();
        } else if (headBytes != null && elementId == ElementId.INFO) {
            headFacts.addInfo(collected);
        } else if (headBytes != null && elementId == ElementId.TRACKS) {
            headFacts.addTracks(collected);
        } else if (headBytes == null && elementId == ElementId.TAGS) {
            keepTags();
        }
        finishIfWhole();
    }

    private void finishIfWhole() throws MalformedMkvException {
        if (restBytes == 0) {
            inBody = false;
            closeFinished();
        }
    }

    private void onClusterValue() throws MalformedMkvException {
        FragmentTimes current = times;
        MkvHead of = head;
        if (current == null || of == null) {
            return;
        }
        if (elementId == ElementId.TIMESTAMP) {
            timecodeMillis = of.toMillis(new Element(elementId, collected).unsigned());
            if (!timestampSeen) {
                timestampSeen = true;
                listener.onFragmentStart(timecodeMillis);
            }
        } else if (elementId == ElementId.SIMPLE_BLOCK || elementId == ElementId.BLOCK) {
            onBlock(current);
        } else if (elementId == ElementId.BLOCK_DURATION && open.inGroup()) {
            current.addDuration(blockTime, new Element(elementId, collected).unsigned());
        }
    }

    private void onBlock(FragmentTimes current) throws MalformedMkvException {
        int trackLength = collected.length == 0 ? 9 : Vint.lengthOf(collected[0]);
        if (trackLength > 8 || collected.length < trackLength + 3) {
            throw MalformedMkvException.invalid("block: bad header");
        }
        if (!timestampSeen) {
            throw MalformedMkvException.invalid("Cluster: a block comes before the Timestamp");
        }
        blockTime = (short) Vint.raw(collected, trackLength, 2);
        current.addBlock(Vint.size(collected, 0, trackLength), blockTime);
    }

    private void keepTags() throws MalformedMkvException {
        if (!MkvTags.read(collected).containsKey(END_OF_FRAGMENT)) {
            keepHeaderInPayload(collected.length);
            payload.append(ByteBuffer.wrap(collected));
        }
    }

    private void closeFinished() throws MalformedMkvException {
        if (open.closeFinishedGroup()) {
            completeFragment();
        }
        open.closeFinishedSegment();
    }

    private void completeFragment() throws MalformedMkvException {
        FragmentTimes ended = times;
        MkvHead of = head;
        if (!timestampSeen || ended == null || of == null) {
            throw MalformedMkvException.invalid("Cluster: ends without a Timestamp");
        }
        Gathered whole = payload;
        payload = new Gathered();
        open.closeCluster();
        listener.onFragment(new MkvFragment(of, timecodeMillis, ended.durationMillis(), whole.buffers()));
    }
}
