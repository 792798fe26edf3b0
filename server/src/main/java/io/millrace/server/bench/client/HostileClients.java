package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that do to a server what it should not suffer from, each kind on a thread of its own and at a bounded rate,
 * so that what they cost is the server's doing. Thread-safe.
 */
public final class HostileClients implements Closeable {
    private static final int PAUSE_MILLIS = 20;
    private static final int LONG_PAUSE_MILLIS = 200;
    private static final int UNREAD_PAGES = 20;
    private static final int KEPT_CONNECTIONS = 64;
    private static final int RESETS = 50;
    private static final int TIMEOUT_MILLIS = 2000;
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\n";
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] NO_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

    private final InetSocketAddress address;
    private final Map<String, AtomicLong> done = new LinkedHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    /** One thing that a client does. */
    @FunctionalInterface
    private interface Act {
        void act() throws IOException;
    }

    private HostileClients(InetSocketAddress address) {
        this.address = address;
    }

    /** Lets all kinds begin. */
    public static HostileClients start(InetSocketAddress address) {
        HostileClients clients = new HostileClients(address);
        clients.begin("heads that drip", clients.keeping(HEAD.getBytes(ISO_8859_1), "x"));
        clients.begin(
                "bodies announced and not sent",
                clients.keeping((HEAD + "Content-Length: 16000000\r\n\r\n").getBytes(ISO_8859_1), "{"));
        clients.begin("answers not taken", LONG_PAUSE_MILLIS, clients.keeping(unreadRequests(), ""));
        clients.begin(
                "ambiguous requests", () -> clients.send(HEAD + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"));
        byte[] nested = body(
                "application/x-amz-json-1.1", "{\"Records\":[".repeat(50_000).getBytes(ISO_8859_1));
        clients.begin("nested JSON", () -> clients.send(nested));
        byte[] tags = body("application/x-amz-cbor-1.1", HexFormat.of().parseHex("c1".repeat(500_000)));
        clients.begin("nested CBOR tags", () -> clients.send(tags));
        byte[] resets = resets();
        clients.begin("HTTP/2 resets", () -> clients.send(resets));
        return clients;
    }

    private void begin(String kind, Act act) {
        begin(kind, PAUSE_MILLIS, act);
    }

    private void begin(String kind, int pauseMillis, Act act) {
        AtomicLong count = new AtomicLong();
        done.put(kind, count);
        Thread thread = new Thread(() -> repeat(act, pauseMillis, count), kind);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void repeat(Act act, int pauseMillis, AtomicLong count) {
        while (!closed) {
            try {
                act.act();
                count.incrementAndGet();
            } catch (IOException e) {
                count.incrementAndGet(); // that is what they may expect
            }
            try {
                TimeUnit.MILLISECONDS.sleep(pauseMillis);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Opens a connection each time and keeps the last ones open, where a byte more is sent now and then. */
    private Act keeping(byte[] beginning, String drip) {
        Deque<Socket> kept = new ArrayDeque<>();
        return () -> {
            if (kept.size() == KEPT_CONNECTIONS) {
                Socket oldest = kept.removeFirst();
                try (oldest) {
                    oldest.getOutputStream().write(drip.getBytes(ISO_8859_1));
                }
            }
            Socket socket = connect();
            kept.addLast(socket);
            socket.getOutputStream().write(beginning);
        };
    }

    private void send(String request) throws IOException {
        send(request.getBytes(ISO_8859_1));
    }

    private void send(byte[] request) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(request);
            socket.getInputStream().read();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(address, TIMEOUT_MILLIS);
        return socket;
    }

    private static byte[] unreadRequests() {
        String request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        return request.repeat(UNREAD_PAGES).getBytes(ISO_8859_1);
    }

    private static byte[] body(String contentType, byte[] body) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        String head = HEAD
                + String.format(
                        Locale.ROOT, "Content-Type: %s\r\nContent-Length: %d\r\n\r\n", contentType, body.length);
        request.writeBytes(head.getBytes(ISO_8859_1));
        request.writeBytes(body);
        return request.toByteArray();
    }

    /** Requests of a POST to "/" by the static table of HPACK, each taken back at once. */
    private static byte[] resets() {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(PREFACE);
        frames.writeBytes(NO_SETTINGS);
        for (int i = 0; i < RESETS; i++) {
            byte stream = (byte) (2 * i + 1);
            frames.writeBytes(
                    new byte[] {0, 0, 6, 1, 4, 0, 0, 0, stream, (byte) 0x83, (byte) 0x84, (byte) 0x86, 1, 1, 'x'});
            frames.writeBytes(new byte[] {0, 0, 4, 3, 0, 0, 0, 0, stream, 0, 0, 0, 8});
        }
        return frames.toByteArray();
    }

    /** Returns how often each kind has done its worst. */
    public Map<String, Long> done() {
        Map<String, Long> counts = new LinkedHashMap<>();
        done.forEach((kind, count) -> counts.put(kind, count.get()));
        return counts;
    }

    /** Ends them; what they keep open is closed with the process or by the server. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
