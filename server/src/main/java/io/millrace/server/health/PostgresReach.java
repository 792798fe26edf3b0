package io.millrace.server.health;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks a PostgreSQL or Redshift whether it takes connections, as far as that goes without a user: it sends the
 * request for TLS, which the server answers with one letter and does not log. Thread-safe; calls block.
 */
public final class PostgresReach {
    /** The message SSLRequest: its length, and 1234 and 5679 (PostgreSQL documentation, "Message Formats"). */
    private static final byte[] SSL_REQUEST = ByteBuffer.allocate(8)
            .putInt(8)
            .putShort((short) 1234)
            .putShort((short) 5679)
            .array();

    private static final Pattern HOST = Pattern.compile("(\\[[^]]+]|[^:\\[\\]]+)(?::(\\d+))?");
    private static final int POSTGRES_PORT = 5432;
    private static final int REDSHIFT_PORT = 5439;

    private final List<InetSocketAddress> addresses;

    private PostgresReach(List<InetSocketAddress> addresses) {
        this.addresses = List.copyOf(addresses);
    }

    public static PostgresReach at(String host, int port) {
        return new PostgresReach(List.of(InetSocketAddress.createUnresolved(host, port)));
    }

    /** Returns what asks the hosts of a JDBC URL. It has no hosts if the URL is of a form that names none. */
    public static PostgresReach ofJdbcUrl(String url) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        Matcher hosts =
                Pattern.compile("jdbc:(postgresql|redshift)://([^/?;]+).*").matcher(url);
        if (hosts.matches()) {
            int usual = hosts.group(1).equals("redshift") ? REDSHIFT_PORT : POSTGRES_PORT;
            for (String host : hosts.group(2).split(",", -1)) {
                Matcher parts = HOST.matcher(host);
                if (parts.matches()) {
                    int port = parts.group(2) == null ? usual : Integer.parseInt(parts.group(2));
                    addresses.add(InetSocketAddress.createUnresolved(parts.group(1), port));
                }
            }
        }
        return new PostgresReach(addresses);
    }

    public boolean hasHosts() {
        return !addresses.isEmpty();
    }

    /** Tells whether one of the hosts answers. The time-out is that of each host. */
    public boolean answers(Duration timeout) {
        return addresses.stream().anyMatch(address -> answers(address, (int) timeout.toMillis()));
    }

    private static boolean answers(InetSocketAddress address, int timeoutMillis) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(timeoutMillis);
            socket.connect(new InetSocketAddress(address.getHostString(), address.getPort()), timeoutMillis);
            socket.getOutputStream().write(SSL_REQUEST);
            int answer = socket.getInputStream().read();
            return answer == 'S' || answer == 'N';
        } catch (IOException e) {
            return false;
        }
    }
}
