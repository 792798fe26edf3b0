package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds where each HTTP/1.1 response ends, and keeps its status and body; nothing else of it is looked at.
 *
 * <p>{@link #feed} takes bytes cut anywhere. After it has returned true the response may be looked at until the next
 * call, which begins the next one. The body's bytes are valid for as long. Confined to one thread.
 */
public final class ResponseScanner {
    private static final int FIRST_CAPACITY = 16 * 1024;
    private static final int MAX_HEAD_BYTES = 64 * 1024;
    private static final int NO_CONTENT = 204;
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] VERSION = "HTTP/1.".getBytes(ISO_8859_1);
    private static final int STATUS_AT = VERSION.length + 2;
    private static final byte[] CONTENT_LENGTH = "content-length:".getBytes(ISO_8859_1);
    private static final byte[] TRANSFER_ENCODING = "transfer-encoding:".getBytes(ISO_8859_1);

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        WHOLE
    }

    private final @Nullable BodySink sink;
    private byte[] bytes = new byte[FIRST_CAPACITY];
    private int length;
    private State state = State.WHOLE;
    private int status;
    private int bodyStart;
    private long left;
    private int lineBytes;

    /** Keeps each body until the next response. */
    public ResponseScanner() {
        this(null);
    }

    /** @param sink takes the bodies; null when they are to be kept here */
    ResponseScanner(@Nullable BodySink sink) {
        this.sink = sink;
    }

    /** Consumes up to the end of one response. Returns whether it is whole now; further bytes stay in the buffer. */
    public boolean feed(ByteBuffer in) throws IOException {
        if (state == State.WHOLE) {
            length = 0;
            state = State.HEAD;
            if (sink != null) {
                sink.begin();
            }
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
                throw new IOException(
                        String.format(Locale.ROOT, "the head of a response is longer than %d bytes", MAX_HEAD_BYTES));
            }
        }
    }

    /** Reads no more than has to be read: the client shares its processors with what it measures. */
    private void endOfHead() throws IOException {
        status = statusCode();
        bodyStart = length;
        left = status == NO_CONTENT ? 0 : -1;
        boolean chunked = false;
        int line = ByteSearch.indexOf(bytes, 0, length, LINE_END) + LINE_END.length;
        while (line < length - LINE_END.length) {
            int end = ByteSearch.indexOf(bytes, line, length, LINE_END);
            if (isNamed(line, end, CONTENT_LENGTH)) {
                left = decimal(line + CONTENT_LENGTH.length, end);
            } else if (isNamed(line, end, TRANSFER_ENCODING)) {
                chunked = new String(bytes, line, end - line, ISO_8859_1).endsWith("chunked");
            }
            line = end + LINE_END.length;
        }
        if (chunked) {
            beginLine(State.CHUNK_SIZE);
        } else if (left < 0) {
            throw new IOException(
                    String.format(Locale.ROOT, "a response (status %d) has neither Content-Length nor chunks", status));
        } else {
            state = left == 0 ? State.WHOLE : State.BODY;
        }
    }

    /** Returns the three digits behind {@code HTTP/1.x}. */
    private int statusCode() throws IOException {
        int code = 0;
        for (int at = STATUS_AT; at < STATUS_AT + 3 && at < length; at++) {
            int digit = bytes[at] - '0';
            code = digit < 0 || digit > 9 || code < 0 ? -1 : code * 10 + digit;
        }
        boolean ends = length > STATUS_AT + 3 && (bytes[STATUS_AT + 3] == ' ' || bytes[STATUS_AT + 3] == '\r');
        if (ByteSearch.indexOf(bytes, 0, Math.min(length, VERSION.length), VERSION) != 0
                || length < STATUS_AT
                || bytes[STATUS_AT - 1] != ' '
                || code < 0
                || !ends) {
            int end = ByteSearch.indexOf(bytes, 0, length, LINE_END);
            throw new IOException("not an HTTP/1.1 response: " + new String(bytes, 0, Math.max(0, end), ISO_8859_1));
        }
        return code;
    }

    /** Tells whether a line begins with a name, in small letters with its colon, whatever letters the line has. */
    private boolean isNamed(int line, int end, byte[] name) {
        if (end - line < name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            int letter = bytes[line + i];
            if ((letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private long decimal(int from, int to) throws IOException {
        String text = new String(bytes, from, to - from, ISO_8859_1).strip();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("a response has the Content-Length " + text, e);
        }
    }

    private void copy(ByteBuffer in, State next) throws IOException {
        int count = (int) Math.min(left, in.remaining());
        if (sink != null) {
            sink.take(in, count);
        } else {
            reserve((int) Math.min(left, Integer.MAX_VALUE - length - 8L));
            in.get(bytes, length, count);
            length += count;
        }
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
