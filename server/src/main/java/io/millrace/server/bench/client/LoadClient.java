package io.millrace.server.bench.client;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over many HTTP/1.1 connections and measures how long the answers take.
 *
 * <p>One thread does all of it, the one that calls {@link #run}. In a closed loop each connection sends again as soon
 * as it has its answer. In an open loop requests have a time at which they are due, and their latency counts from it,
 * also when they had to wait for a free connection: what a slow answer holds up is not left out.
 */
public final class LoadClient implements Closeable {
    private static final int READ_BUFFER_BYTES = 256 * 1024;
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long SELECT_MILLIS = 20;
    private static final int MAX_LOST = 100;

    private final InetSocketAddress address;
    private final int maxInFlight;
    private final Selector selector;
    private final LoadConnection[] connections;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);
    private int lost;

    private LoadClient(InetSocketAddress address, int connections, int maxInFlight) throws IOException {
        this.address = address;
        this.maxInFlight = maxInFlight;
        this.connections = new LoadConnection[connections];
        this.selector = Selector.open();
    }

    /**
     * Opens the connections.
     *
     * @param maxInFlight requests on one connection without an answer
     */
    public static LoadClient open(InetSocketAddress address, int connections, int maxInFlight) throws IOException {
        LoadClient client = new LoadClient(address, connections, maxInFlight);
        boolean whole = false;
        try {
            for (int i = 0; i < connections; i++) {
                client.connect(i);
            }
            whole = true;
            return client;
        } finally {
            if (!whole) {
                client.close();
            }
        }
    }

    private void connect(int number) throws IOException {
        try {
            connections[number] = LoadConnection.open(number, address, selector, maxInFlight);
        } catch (IOException e) {
            throw new IOException(
                    String.format(
                            Locale.ROOT,
                            "%s: no connection (%s); is the server still running?",
                            address,
                            e.getMessage()),
                    e);
        }
    }

    /** Runs a load and returns what was counted after its warm-up. */
    public Tally run(Traffic traffic, LoadPlan plan, LoadListener listener) throws IOException {
        return new Run(traffic, plan, listener).run();
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection connection : connections) {
            if (connection != null) {
                connection.close();
            }
        }
        selector.close();
    }

    /** Wakes the selector when a request is due: its own timeouts are whole milliseconds. */
    private static final class Pacer implements Closeable {
        private final Thread thread;
        private volatile boolean closed;

        Pacer(Selector selector, long startNanos, double nanosPerRequest) {
            thread = new Thread(
                    () -> {
                        for (long i = 0; !closed; i++) {
                            long wait = startNanos + (long) (i * nanosPerRequest) - System.nanoTime();
                            if (wait > 0) {
                                LockSupport.parkNanos(wait);
                                selector.wakeup();
                            }
                        }
                    },
                    "pacer");
            thread.setDaemon(true);
        }

        void start() {
            thread.start();
        }

        @Override
        public void close() {
            closed = true;
            LockSupport.unpark(thread);
        }
    }

    /** One run: warm-up, measurement, and the answers that come after it. */
    private final class Run {
        private final Traffic traffic;
        private final LoadPlan plan;
        private final LoadListener listener;
        private final long startNanos = System.nanoTime();
        private final double nanosPerRequest;
        private Tally total = new Tally();
        private Tally interval = new Tally();
        private long measureFrom;
        private long intervalFrom = startNanos;
        private boolean warm;
        private boolean sending = true;
        private boolean exhausted;
        private long issued;
        private int nextConnection;

        Run(Traffic traffic, LoadPlan plan, LoadListener listener) {
            this.traffic = traffic;
            this.plan = plan;
            this.listener = listener;
            this.nanosPerRequest = plan.requestsPerSecond() == 0 ? 0 : 1e9 / plan.requestsPerSecond();
        }

        Tally run() throws IOException {
            if (nanosPerRequest == 0) {
                return loop();
            }
            try (Pacer pacer = new Pacer(selector, startNanos, nanosPerRequest)) {
                pacer.start();
                return loop();
            }
        }

        private Tally loop() throws IOException {
            for (LoadConnection connection : connections) {
                connection.collect(traffic.sink(connection.number()));
            }
            long end = startNanos + plan.warmup().plus(plan.measured()).toNanos();
            while (true) {
                long now = System.nanoTime();
                if (!warm && now - startNanos >= plan.warmup().toNanos()) {
                    beginMeasuring(now);
                }
                if (now - end >= 0 || (exhausted && inFlight() == 0)) {
                    break;
                }
                tellProgress(now);
                sendDue(now);
                selectOnce();
            }
            return finish();
        }

        private void beginMeasuring(long now) throws IOException {
            warm = true;
            total = new Tally();
            interval = new Tally();
            measureFrom = now;
            intervalFrom = now;
            listener.measuring();
        }

        private void tellProgress(long now) throws IOException {
            if (now - intervalFrom < plan.interval().toNanos()) {
                return;
            }
            interval.over(now - intervalFrom);
            intervalFrom = now;
            Tally told = interval;
            interval = new Tally();
            listener.interval(Duration.ofNanos(now - (warm ? measureFrom : startNanos)), !warm, told);
        }

        private Tally finish() throws IOException {
            long now = System.nanoTime();
            if (!warm) {
                beginMeasuring(now);
            }
            total.over(now - measureFrom);
            if (interval.requests() > 0) {
                interval.over(now - intervalFrom);
                listener.interval(Duration.ofNanos(now - measureFrom), false, interval);
            }
            listener.measured();
            sending = false;
            Tally counted = total;
            long unsent = nanosPerRequest == 0 || exhausted ? 0 : due(now) - issued;
            if (unsent > 0 && freeConnection() == null) {
                counted.addError("due but not sent, all connections were busy", unsent);
            }
            total = new Tally(); // what comes now is waited for, and not counted
            while (inFlight() > 0 && System.nanoTime() - now < DRAIN_NANOS) {
                selectOnce();
            }
            if (inFlight() > 0) {
                counted.addError("no answer within 10 s", inFlight());
            }
            return counted;
        }

        private int inFlight() {
            int count = 0;
            for (LoadConnection connection : connections) {
                count += connection.inFlight();
            }
            return count;
        }

        private long due(long now) {
            return (long) ((now - startNanos) / nanosPerRequest) + 1;
        }

        private void sendDue(long now) throws IOException {
            if (nanosPerRequest == 0) {
                for (LoadConnection connection : connections) {
                    fill(connection, now);
                }
                return;
            }
            long due = due(now);
            LoadConnection free = issued < due ? freeConnection() : null;
            while (free != null && issued < due && !exhausted) {
                send(free, startNanos + (long) (issued * nanosPerRequest));
                free = freeConnection();
            }
        }

        private @Nullable LoadConnection freeConnection() {
            for (int i = 0; i < connections.length; i++) {
                LoadConnection candidate = connections[nextConnection];
                nextConnection = (nextConnection + 1) % connections.length;
                if (candidate.hasRoom()) {
                    return candidate;
                }
            }
            return null;
        }

        /** In a closed loop: keeps a connection as busy as it may be. */
        private void fill(LoadConnection connection, long now) throws IOException {
            while (connection.hasRoom() && send(connection, now)) {
                // until it has enough to do, or there is no more
            }
        }

        private boolean send(LoadConnection connection, long intended) throws IOException {
            ByteBuffer request = traffic.next(connection.number());
            if (request == null) {
                exhausted = nanosPerRequest != 0 || inFlight() == 0;
                return false;
            }
            issued++;
            try {
                connection.send(request, intended);
            } catch (SocketException e) {
                replace(connection, e);
            }
            return true;
        }

        private void selectOnce() throws IOException {
            selector.select(SELECT_MILLIS);
            for (SelectionKey key : selector.selectedKeys()) {
                LoadConnection connection = (LoadConnection) key.attachment();
                try {
                    connection.onReady(buffer, this::answered);
                } catch (EOFException | SocketException e) {
                    replace(connection, e);
                }
            }
            selector.selectedKeys().clear();
        }

        private void answered(LoadConnection connection, ResponseScanner answer, long intended) throws IOException {
            long now = System.nanoTime();
            Traffic.Outcome outcome = traffic.answered(connection.number(), answer);
            total.add(now - intended, outcome);
            interval.add(now - intended, outcome);
            if (sending && nanosPerRequest == 0) {
                fill(connection, now);
            }
        }

        private void replace(LoadConnection connection, IOException reason) throws IOException {
            total.addError("connection " + reason.getMessage(), 1);
            connection.close();
            if (++lost > MAX_LOST) {
                throw new IOException(
                        String.format(
                                Locale.ROOT,
                                "%s: more than %d connections were lost (%s); the server's log may say why",
                                address,
                                MAX_LOST,
                                reason.getMessage()),
                        reason);
            }
            connect(connection.number());
            connections[connection.number()].collect(traffic.sink(connection.number()));
        }
    }
}
