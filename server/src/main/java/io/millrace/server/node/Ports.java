package io.millrace.server.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Looks at ports before something of ours is started on them, so that a busy one is told in one sentence. */
final class Ports {
    private Ports() {}

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
                    "%s %d: cannot be used on %s (%s); stop what uses it or choose another port with %s"
                            .formatted(option, port, bind, e.getMessage(), option),
                    e);
        }
    }
}
