package io.millrace.protocol.endpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is slower decides: a receiver holds its sender back, and a slow reader its writer. */
@Timeout(20)
class BackPressureTest {
    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir
    static Path directory;

    private static TestEndpoint endpoint;

    @BeforeAll
    static void start() {
        endpoint = new TestEndpoint(directory);
    }

    @AfterAll
    static void stop() {
        endpoint.close();
    }

    @Test
    void aStreamedBodyComesPieceByPieceAndOnlyWhenAskedFor() throws Exception {
        try (Socket socket = endpoint.connect()) {
            OutputStream out = socket.getOutputStream();
            out.write("POST /receive HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(ISO_8859_1));
            out.write("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n".getBytes(ISO_8859_1));
            TestEndpoint.Receiver receiver = endpoint.receivers.take();

            for (String expected : new String[] {"data a", "data b", "data c", "end"}) {
                assertThat(receiver.events.poll(50, TimeUnit.MILLISECONDS)).isNull();
                receiver.flow.more();
                assertThat(receiver.events.take()).isEqualTo(expected);
            }
            receiver.exchange.answer(Answer.of(200, "text/plain", new byte[] {'!'}));
            assertThat(TestEndpoint.readResponse(socket.getInputStream())).endsWith("\r\n\r\n!");
        }
    }

    @Test
    void http2BodiesComePieceByPieceAndOnlyWhenAskedFor() throws Exception {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            byte[] body = new byte[40_000];
            int stream = client.request("POST", "/receive", body);
            TestEndpoint.Receiver receiver = endpoint.receivers.take();
            int received = 0;
            while (received < body.length) {
                assertThat(receiver.events.poll(50, TimeUnit.MILLISECONDS)).isNull();
                receiver.flow.more();
                received += receiver.events.take().length() - "data ".length();
            }
            receiver.exchange.answer(Answer.of(200, "text/plain", new byte[] {'!'}));
            assertThat(client.response(stream).body()).containsExactly('!');
        }
    }

    /** Else a few that wait for memory would hold up those that need none. */
    @Test
    void whatAllStreamsMaySendUnreadFitsIntoTheWindowOfTheConnection() throws Exception {
        try (Http2Client client = new Http2Client(endpoint.connect())) {
            long streams = client.setting(Http2Client.MAX_STREAMS_SETTING);
            int stream = client.newStream();
            while (client.window(0) < streams * client.window(stream)) {
                client.read(); // until the window was opened; times out when it is not that wide
            }
        }
    }

    @Test
    void aReceiverThatDoesNotAskStopsTheSender() throws Exception {
        try (Socket socket = endpoint.connect()) {
            socket.setSendBufferSize(64 * 1024);
            OutputStream out = socket.getOutputStream();
            int length = 64 * MEBIBYTE;
            out.write(("POST /receive HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n")
                    .getBytes(ISO_8859_1));
            AtomicLong sent = new AtomicLong();
            Thread sender = new Thread(() -> {
                try {
                    for (byte[] piece = new byte[64 * 1024]; sent.get() < length; sent.addAndGet(piece.length)) {
                        out.write(piece);
                    }
                } catch (IOException e) {
                    sent.set(-1);
                }
            });
            sender.start();
            TestEndpoint.Receiver receiver = endpoint.receivers.take();

            long stoppedAt = awaitStandstill(sent);
            assertThat(stoppedAt).isLessThan(16 * MEBIBYTE); // what the kernel's buffers on both sides take
            assertThat(receiver.events).isEmpty();

            long received = 0;
            while (received < length) {
                receiver.flow.more();
                received += receiver.events.take().length() - "data ".length();
            }
            sender.join();
            assertThat(received).isEqualTo(length);
        }
    }

    @Test
    void aSlowReaderStopsTheWriterAndAFasterOneSetsItGoingAgain() throws Exception {
        try (Socket socket = endpoint.connect()) {
            socket.getOutputStream().write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1));
            ResponseStream response = endpoint.responses.take();
            CountDownLatch writable = new CountDownLatch(1);
            AtomicInteger closed = new AtomicInteger();
            response.onWritable(writable::countDown);
            response.onClosed(closed::incrementAndGet);

            byte[] piece = new byte[64 * 1024];
            long accepted = 0;
            long quietSince = System.nanoTime();
            while (System.nanoTime() - quietSince < 200_000_000) { // the socket's buffers take some at first
                if (response.isWritable()) {
                    response.write(Unpooled.wrappedBuffer(piece));
                    accepted += piece.length;
                    quietSince = System.nanoTime();
                }
            }
            assertThat(accepted).isBetween((long) MEBIBYTE, 32L * MEBIBYTE);
            assertThat(response.isWritable()).isFalse();
            InputStream in = socket.getInputStream();
            long received = 0;
            while (!writable.await(1, TimeUnit.MILLISECONDS)) {
                if (in.available() > 0) {
                    received += zeros(piece, in.read(piece));
                }
            }
            assertThat(closed).hasValue(0);
            response.finish();
            String end = "";
            while (!end.endsWith("\r\n0\r\n\r\n")) {
                int read = in.read(piece);
                assertThat(read).isPositive();
                received += zeros(piece, read);
                String last = end + new String(piece, Math.max(0, read - 16), Math.min(16, read), ISO_8859_1);
                end = last.substring(Math.max(0, last.length() - 16));
            }
            assertThat(received).isEqualTo(accepted);
        }
    }

    /** Counts the bytes that were written: neither head nor chunks have a zero. */
    private static int zeros(byte[] bytes, int length) {
        int zeros = 0;
        for (int i = 0; i < length; i++) {
            zeros += bytes[i] == 0 ? 1 : 0;
        }
        return zeros;
    }

    @Test
    void aWriterIsToldThatItsReaderHasGone() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (Socket socket = endpoint.connect()) {
            socket.getOutputStream().write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1));
            ResponseStream response = endpoint.responses.take();
            response.onClosed(closed::countDown);
            response.write(Unpooled.wrappedBuffer(new byte[10]));
        }
        closed.await();
    }

    private static long awaitStandstill(AtomicLong counter) throws InterruptedException {
        long last = -1;
        while (counter.get() != last || last == 0) {
            last = counter.get();
            Thread.sleep(200);
        }
        return last;
    }
}
