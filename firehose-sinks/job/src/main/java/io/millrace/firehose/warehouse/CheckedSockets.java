package io.millrace.firehose.warehouse;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import javax.net.SocketFactory;

/**
 * The sockets of the PostgreSQL driver, which connect to allowed addresses only. The node looked at the warehouse's
 * name when the delivery was created; what counts is the address that is connected to. Link-local addresses, where
 * clouds answer with credentials, are never allowed. Stateless.
 *
 * <p>The driver makes it by its name, and so needs the class and its constructors public.
 */
public final class CheckedSockets extends SocketFactory {
    private static final int SHARED_FIRST = 100;
    private static final int SHARED_MASK = 0xC0;
    private static final int SHARED_SECOND = 64;
    private static final int UNIQUE_LOCAL_MASK = 0xFE;
    private static final int UNIQUE_LOCAL = 0xFC;

    private final boolean publicOnly;

    /** @param reach {@code PUBLIC} for public addresses only */
    public CheckedSockets(String reach) {
        this.publicOnly = reach.equals("PUBLIC");
    }

    @Override
    public Socket createSocket() {
        return new Checked();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = new Checked();
        socket.connect(address);
        return socket;
    }

    private final class Checked extends Socket {
        @Override
        public void connect(SocketAddress endpoint) throws IOException {
            connect(endpoint, 0);
        }

        @Override
        public void connect(SocketAddress endpoint, int timeout) throws IOException {
            if (!(endpoint instanceof InetSocketAddress internet) || internet.getAddress() == null) {
                throw new SocketException("the warehouse has no address");
            }
            if (!isAllowed(internet.getAddress())) {
                throw new SocketException("the warehouse is at an address that deliveries may not reach");
            }
            super.connect(endpoint, timeout);
        }
    }

    private boolean isAllowed(InetAddress address) {
        if (address.isLinkLocalAddress() || address.isMulticastAddress()) {
            return false;
        }
        return !publicOnly || isPublic(address);
    }

    private static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean shared = bytes.length == 4 && bytes[0] == SHARED_FIRST && (bytes[1] & SHARED_MASK) == SHARED_SECOND;
        boolean uniqueLocal = address instanceof Inet6Address && (bytes[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL;
        return !shared
                && !uniqueLocal
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isSiteLocalAddress();
    }
}
