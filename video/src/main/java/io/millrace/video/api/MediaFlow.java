package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.endpoint.ResponseStream;
import io.millrace.video.fragments.FragmentEntry;
import io.millrace.video.fragments.FragmentNumber;
import io.millrace.video.fragments.FragmentReader;
import io.millrace.video.fragments.StreamIndex;
import io.millrace.video.mkv.MkvTags;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@code GetMedia} answer, from its first fragment to whatever is recorded while it is open.
 *
 * <p>A fragment goes out as a chunk that is a Matroska stream by itself: the producer's head, tags that say which
 * fragment it is, the cluster as it was sent, tags that say how to go on.
 *
 * <p>Works in turns on the readers' executor, never two at once. A turn ends when the socket is full, when there is no
 * further fragment, or when others have waited long enough; the socket, the index and the executor begin the next one.
 * So an open answer that has nothing to send holds no thread, and none holds more memory than the socket's buffer.
 */
final class MediaFlow {
    private static final Logger LOG = LoggerFactory.getLogger(MediaFlow.class);
    private static final int PIECE_BYTES = 256 * 1024;
    private static final int TURN_BYTES = 4 * 1024 * 1024;
    private static final String CONTENT_TYPE = "video/webm";

    private final String stream;
    private final StreamIndex index;
    private final FragmentReader reader;
    private final Executor readers;
    private final Runnable wake = this::wake;
    private final AtomicInteger signals = new AtomicInteger();
    private volatile boolean closed;

    // Confined to the turns.
    private final Deque<FragmentEntry> page = new ArrayDeque<>();
    private @Nullable ResponseStream out;
    private @Nullable FragmentEntry current;
    private long ordinal;
    private boolean ended;

    MediaFlow(String stream, StreamIndex index, long ordinal, FragmentReader reader, Executor readers) {
        this.stream = stream;
        this.index = index;
        this.ordinal = ordinal;
        this.reader = reader;
        this.readers = readers;
    }

    void start(CallContext call) {
        Map<String, String> headers = ErrorRenderer.headers(call.requestId(), call.format());
        headers.put("Content-Type", CONTENT_TYPE);
        ResponseStream opened = call.exchange().answerStreaming(200, headers);
        out = opened;
        opened.onWritable(wake);
        opened.onClosed(() -> {
            closed = true;
            wake();
        });
        wake();
    }

    private void wake() {
        if (signals.getAndIncrement() == 0) {
            readers.execute(this::work);
        }
    }

    private void work() {
        int seen = signals.get();
        boolean yielded = false;
        try {
            yielded = turn();
        } catch (IOException | RuntimeException | Error e) { // the outermost frame of a response
            LOG.error("stream {}: GetMedia breaks off", stream, e);
            end(ResponseStream::abort);
        }
        if (signals.addAndGet(-seen) != 0) {
            readers.execute(this::work);
        } else if (yielded) {
            wake();
        }
    }

    /** Sends until something has to be waited for; true when others should have their turn. */
    private boolean turn() throws IOException {
        ResponseStream to = out;
        if (to == null || ended) {
            return false;
        }
        int sent = 0;
        while (!closed && to.isWritable()) {
            if (sent >= TURN_BYTES) {
                return true;
            }
            FragmentEntry entry = current;
            if (entry == null) {
                if (!begin(to)) {
                    return false;
                }
            } else if (reader.remaining() > 0) {
                sent += sendPiece(to);
            } else {
                to.write(Unpooled.wrappedBuffer(MkvTags.write(tagsBehind(entry))));
                current = null;
            }
        }
        if (closed) {
            end(ResponseStream::finish);
        }
        return false;
    }

    /** Begins the next fragment; false when there is none yet or the answer has ended. */
    private boolean begin(ResponseStream to) throws IOException {
        while (page.isEmpty()) {
            StreamIndex.Page next = index.page(ordinal);
            page.addAll(next.entries());
            ordinal = next.end();
            if (page.isEmpty() && index.isDeleted()) {
                end(ResponseStream::finish);
                return false;
            }
            if (page.isEmpty() && index.awaitBehind(ordinal, wake)) {
                return false;
            }
        }
        FragmentEntry entry = page.removeFirst();
        Optional<ByteBuffer> head = reader.begin(entry);
        if (head.isPresent()) { // else it has expired
            current = entry;
            to.write(Unpooled.wrappedBuffer(head.get(), ByteBuffer.wrap(MkvTags.write(tagsBefore(entry)))));
        }
        return true;
    }

    private int sendPiece(ResponseStream to) throws IOException {
        int count = Math.min(PIECE_BYTES, reader.remaining());
        ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer(count, count);
        try {
            reader.read(piece.nioBuffer(0, count));
            piece.writerIndex(count);
            to.write(piece.retain());
        } finally {
            piece.release();
        }
        return count;
    }

    private static Map<String, String> tagsBefore(FragmentEntry entry) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("AWS_KINESISVIDEO_FRAGMENT_NUMBER", FragmentNumber.format(entry.number()));
        tags.put("AWS_KINESISVIDEO_SERVER_TIMESTAMP", seconds(entry.time().serverMillis()));
        tags.put("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", seconds(entry.time().producerMillis()));
        return tags;
    }

    private Map<String, String> tagsBehind(FragmentEntry entry) {
        FragmentEntry newest = index.newest();
        long behind = newest == null
                ? 0
                : Math.max(0, newest.time().serverMillis() - entry.time().serverMillis());
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", Long.toString(behind));
        tags.put("AWS_KINESISVIDEO_CONTINUATION_TOKEN", FragmentNumber.format(entry.number()));
        return tags;
    }

    private static String seconds(long millis) {
        return BigDecimal.valueOf(millis, 3).toPlainString();
    }

    private void end(Consumer<ResponseStream> how) {
        if (ended) {
            return;
        }
        ended = true;
        index.cancel(wake);
        page.clear();
        ResponseStream to = out;
        if (to != null) {
            how.accept(to);
        }
        try {
            reader.close();
        } catch (IOException e) {
            LOG.warn("stream {}: a segment cannot be closed", stream, e);
        }
    }
}
