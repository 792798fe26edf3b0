package io.millrace.server.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Looks at ports before something of ours is started on them, so that a busy one is told in one sentence. */
final class Ports {
    private static final Duration ORPHANS_END = Duration.ofSeconds(5);
    private static final int POLL_MILLIS = 50;

    private Ports() {}

    /**
     * As {@link #claim}, for a port of a child process on loopback. Waits a little when it is taken: the children of a
     * node that was killed need a moment to notice it.
     */
    static int claimForChild(int port, String option) throws StartException {
        long end = System.nanoTime() + ORPHANS_END.toNanos();
        while (true) {
            try {
                return claim("127.0.0.1", port, option);
            } catch (StartException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                pause(e);
            }
        }
    }

    private static void pause(StartException reason) throws StartException {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw reason;
        }
    }

    /**
     * Returns the port, or a free one when it is 0.
     *
     * @param option what the user would set to choose another
     * @throws StartException if another process has the port
     */
    static int claim(String bind, int port, String option) throws StartException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(bind), port));
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new StartException(
                    String.format(
                            Locale.ROOT,
                            "%s %d: cannot be used on %s (%s); stop what uses it or choose another port with %s",
                            option,
                            port,
                            bind,
                            e.getMessage(),
                            option),
                    e);
        }
    }
}
