package io.millrace.server.bench.client;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link LoadClient}: requests on their way, and answers in their order. On the client's thread.
 */
final class LoadConnection implements Closeable {
    private final int number;
    private final SocketChannel channel;
    private final SelectionKey key;
    private ResponseScanner scanner = new ResponseScanner();
    private final long[] intendedNanos;
    private final @Nullable ByteBuffer[] waiting;
    private int sentFirst;
    private int inFlight;
    private int unwrittenFirst;
    private int unwritten;

    private LoadConnection(int number, SocketChannel channel, Selector selector, int maxInFlight) throws IOException {
        this.number = number;
        this.channel = channel;
        this.intendedNanos = new long[maxInFlight];
        this.waiting = new ByteBuffer[maxInFlight];
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    static LoadConnection open(int number, InetSocketAddress address, Selector selector, int maxInFlight)
            throws IOException {
        SocketChannel channel = SocketChannel.open();
        boolean whole = false;
        try {
            channel.connect(address);
            LoadConnection connection = new LoadConnection(number, channel, selector, maxInFlight);
            whole = true;
            return connection;
        } finally {
            if (!whole) {
                channel.close();
            }
        }
    }

    /** Is told of each answer. */
    @FunctionalInterface
    interface Answered {
        void answered(LoadConnection connection, ResponseScanner answer, long intendedNanos) throws IOException;
    }

    int number() {
        return number;
    }

    /** Says who takes the bodies from now on, where no answer is on its way. */
    void collect(@Nullable BodySink sink) {
        scanner = new ResponseScanner(sink);
    }

    int inFlight() {
        return inFlight;
    }

    boolean hasRoom() {
        return inFlight < intendedNanos.length;
    }

    /**
     * Sends a request, or as much of it as the socket takes now.
     *
     * @param intended from when its latency counts
     */
    void send(ByteBuffer request, long intended) throws IOException {
        int slot = (sentFirst + inFlight++) % intendedNanos.length;
        intendedNanos[slot] = intended;
        waiting[(unwrittenFirst + unwritten++) % waiting.length] = request;
        if (unwritten == 1) {
            flush();
        }
    }

    private void flush() throws IOException {
        while (unwritten > 0) {
            ByteBuffer first = waiting[unwrittenFirst];
            if (first != null) {
                channel.write(first);
                if (first.hasRemaining()) {
                    break;
                }
            }
            waiting[unwrittenFirst] = null;
            unwrittenFirst = (unwrittenFirst + 1) % waiting.length;
            unwritten--;
        }
        key.interestOps(unwritten > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    /** Does what the socket is ready for. @throws EOFException if the other side has closed it */
    void onReady(ByteBuffer buffer, Answered answered) throws IOException {
        if (key.isWritable()) {
            flush();
        }
        if (!key.isReadable()) {
            return;
        }
        buffer.clear();
        if (channel.read(buffer) < 0) {
            throw new EOFException("closed by the server");
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
            if (scanner.feed(buffer)) {
                if (inFlight == 0) {
                    throw new IOException("an answer that nobody asked for");
                }
                long intended = intendedNanos[sentFirst];
                sentFirst = (sentFirst + 1) % intendedNanos.length;
                inFlight--;
                answered.answered(this, scanner, intended);
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
