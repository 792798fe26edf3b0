package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a server that reads requests of 100 bytes and answers each with what it is told. */
@Timeout(60)
class LoadClientTest {
    private static final int REQUEST_BYTES = 100;
    private static final PutTraffic.Shape SHAPE = new PutTraffic.Shape(1, 1024);
    private static final String TAKEN = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    private static final LoadPlan LONG = LoadPlan.closed(Duration.ZERO, Duration.ofSeconds(30));
    private static final LoadListener NOBODY = new LoadListener() {};

    private final AtomicLong asked = new AtomicLong();
    private ServerSocket server;
    private volatile String answer = TAKEN;
    private volatile boolean closing;

    @BeforeEach
    void serve() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(() -> {
            while (true) {
                Socket socket = server.accept();
                daemon(() -> answer(socket));
            }
        });
    }

    @AfterEach
    void end() throws IOException {
        server.close();
    }

    private void answer(Socket socket) throws IOException {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            do {
                in.readFully(new byte[REQUEST_BYTES]);
                asked.incrementAndGet();
                socket.getOutputStream().write(answer.getBytes(US_ASCII));
            } while (!closing);
        }
    }

    @Test
    void asManyRequestsAreSentAsThereAreAndEachIsCountedOnce() throws IOException {
        Tally tally = run(4, 3, 1000, LONG);

        assertThat(asked).hasValue(1000);
        assertThat(tally.requests()).isEqualTo(1000);
        assertThat(tally.records()).isEqualTo(1000);
        assertThat(tally.dataBytes()).isEqualTo(1000 * 1024);
        assertThat(tally.latencyCount()).isEqualTo(1000);
        assertThat(tally.errors()).isEmpty();
    }

    @Test
    void inAnOpenLoopAsManyAreSentAsAreDue() throws IOException {
        Tally tally = run(4, 1, Long.MAX_VALUE, LoadPlan.open(Duration.ZERO, Duration.ofMillis(500), 200));

        assertThat(asked.get()).isBetween(1L, 101L);
        assertThat(tally.requests()).isBetween(1L, asked.get());
    }

    @Test
    void whatFailsIsCountedByItsName() throws IOException {
        answer = "HTTP/1.1 500 X\r\nContent-Length: 28\r\n\r\n{\"__type\":\"InternalFailure\"}";

        Tally tally = run(2, 1, 10, LONG);

        assertThat(tally.records()).isZero();
        assertThat(tally.errors()).containsEntry("500 InternalFailure", 10L);
    }

    @Test
    void aConnectionThatTheServerClosesIsCountedAndOpenedAgain() throws IOException {
        closing = true;

        Tally tally = run(1, 1, 20, LONG);

        assertThat(asked.get()).isGreaterThan(1);
        assertThat(tally.errors()).isNotEmpty();
        assertThat(tally.errors().keySet()).allMatch(name -> name.startsWith("connection "));
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws IOException {
        InetSocketAddress gone;
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gone = new InetSocketAddress(InetAddress.getLoopbackAddress(), other.getLocalPort());
        }

        assertThatThrownBy(() -> LoadClient.open(gone, 1, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no connection")
                .hasMessageEndingWith("is the server still running?");
    }

    private Tally run(int connections, int inFlight, long limit, LoadPlan plan) throws IOException {
        ByteBuffer[] requests = {ByteBuffer.allocateDirect(REQUEST_BYTES), ByteBuffer.allocateDirect(REQUEST_BYTES)};
        PutTraffic traffic = new PutTraffic(requests, WireFormat.JSON, SHAPE, connections, limit);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
        try (LoadClient client = LoadClient.open(address, connections, inFlight)) {
            return client.run(traffic, plan, NOBODY);
        }
    }

    @FunctionalInterface
    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // the test or its client has closed the socket
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
