package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Finds where each HTTP/1.1 response ends, and keeps its status and body; nothing else of it is looked at.
 *
 * <p>{@link #feed} takes bytes cut anywhere. After it has returned true the response may be looked at until the next call,
 * which begins the next one. The body's bytes are valid for as long. Confined to one thread.
 */
public final class ResponseScanner {
    private static final int FIRST_CAPACITY = 16 * 1024;
    private static final int MAX_HEAD_BYTES = 64 * 1024;
    private static final int NO_CONTENT = 204;

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        WHOLE
    }

    private byte[] bytes = new byte[FIRST_CAPACITY];
    private int length;
    private State state = State.WHOLE;
    private int status;
    private int bodyStart;
    private long left;
    private int lineBytes;

    /** Consumes up to the end of one response. Returns whether it is whole now; further bytes stay in the buffer. */
    public boolean feed(ByteBuffer in) throws IOException {
        if (state == State.WHOLE) {
            length = 0;
            state = State.HEAD;
        }
        while (state != State.WHOLE && in.hasRemaining()) {
            switch (state) {
                case HEAD -> head(in);
                case BODY -> copy(in, State.WHOLE);
                case CHUNK -> copy(in, State.CHUNK_END);
                case CHUNK_SIZE -> chunkSize(in.get());
                case CHUNK_END, TRAILER -> lineEnd(in.get());
                case WHOLE -> throw new IllegalStateException("whole already");
            }
        }
        return state == State.WHOLE;
    }

    /** Forgets a response that was begun, since its connection is gone. */
    public void reset() {
        state = State.WHOLE;
    }

    public int status() {
        return status;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int bodyStart() {
        return bodyStart;
    }

    public int bodyEnd() {
        return length;
    }

    private void head(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            reserve(1);
            byte b = in.get();
            bytes[length++] = b;
            if (b == '\n' && length >= 4 && bytes[length - 2] == '\r' && bytes[length - 3] == '\n') {
                endOfHead();
                return;
            }
            if (length > MAX_HEAD_BYTES) {
                throw new IOException("the head of a response is longer than %d bytes".formatted(MAX_HEAD_BYTES));
            }
        }
    }

    private void endOfHead() throws IOException {
        String[] lines = new String(bytes, 0, length, ISO_8859_1).split("\r\n", -1);
        String[] statusLine = lines[0].split(" ", 3);
        if (statusLine.length < 2 || !statusLine[0].startsWith("HTTP/1.") || !statusLine[1].matches("\\d{3}")) {
            throw new IOException("not an HTTP/1.1 response: " + lines[0]);
        }
        status = Integer.parseInt(statusLine[1]);
        bodyStart = length;
        left = status == NO_CONTENT ? 0 : -1;
        boolean chunked = false;
        for (String line : lines) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                left = Long.parseLong(
                        lower.substring("content-length:".length()).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                chunked = lower.endsWith("chunked");
            }
        }
        if (chunked) {
            beginLine(State.CHUNK_SIZE);
        } else if (left < 0) {
            throw new IOException("a response (status %d) has neither Content-Length nor chunks".formatted(status));
        } else {
            state = left == 0 ? State.WHOLE : State.BODY;
        }
    }

    private void copy(ByteBuffer in, State next) {
        int count = (int) Math.min(left, in.remaining());
        reserve((int) Math.min(left, Integer.MAX_VALUE - length - 8L));
        in.get(bytes, length, count);
        length += count;
        left -= count;
        if (left == 0) {
            state = next;
            lineBytes = 0;
        }
    }

    private void beginLine(State next) {
        state = next;
        lineBytes = 0;
        left = 0;
    }

    /** Hexadecimal digits, then whatever (extensions), then the end of the line. */
    private void chunkSize(byte b) throws IOException {
        int digit = Character.digit(b, 16);
        if (b == '\n') {
            if (lineBytes == 0) {
                throw new IOException("a chunk of a response has no size");
            }
            state = left == 0 ? State.TRAILER : State.CHUNK;
            lineBytes = 0;
        } else if (lineBytes >= 0 && digit >= 0) {
            left = left * 16 + digit;
            lineBytes++;
        } else if (lineBytes > 0) {
            lineBytes = -1; // the digits are over
        }
    }

    private void lineEnd(byte b) {
        if (b == '\n') {
            if (state == State.CHUNK_END) {
                beginLine(State.CHUNK_SIZE);
            } else if (lineBytes == 0) {
                state = State.WHOLE;
            }
            lineBytes = 0;
        } else if (b != '\r') {
            lineBytes++;
        }
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
