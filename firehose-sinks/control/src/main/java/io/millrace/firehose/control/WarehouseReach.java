package io.millrace.firehose.control;

import io.millrace.protocol.api.ServiceException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which warehouses a delivery may speak to: those at public addresses, and the node's own wherever that is. Who may
 * create a delivery stream could otherwise have the node open connections within its network. The job looks again at
 * the address that it connects to, since a name may have another by then. Thread-safe.
 */
final class WarehouseReach {
    private static final int SHARED_FIRST = 100;
    private static final int SHARED_MASK = 0xC0;
    private static final int SHARED_SECOND = 64;
    private static final int UNIQUE_LOCAL_MASK = 0xFE;
    private static final int UNIQUE_LOCAL = 0xFC;

    private final Supplier<@Nullable String> ownUrl;

    /** @param ownUrl gives the JDBC URL of the node's own warehouse; nothing while there is none */
    WarehouseReach(Supplier<@Nullable String> ownUrl) {
        this.ownUrl = ownUrl;
    }

    /** @throws ServiceException naming the host that no delivery may reach */
    void check(WarehouseUrl url) {
        boolean own = isOwn(url);
        for (WarehouseUrl.Host host : url.hosts()) {
            for (InetAddress address : addressesOf(host)) {
                if (address.isLinkLocalAddress() || !(own || isPublic(address))) {
                    throw FirehoseErrors.invalidArgument(String.format(
                            Locale.ROOT,
                            ("ClusterJDBCURL: host %s has an address that deliveries may not reach (expected: a public"
                                    + " one, or the warehouse of the node, see --warehouse-url)"),
                            host.name()));
                }
            }
        }
    }

    /** Tells whether a URL leads to the node's own warehouse and nowhere else. */
    boolean isOwn(WarehouseUrl url) {
        String own = ownUrl.get();
        if (own == null) {
            return false;
        }
        List<WarehouseUrl.Host> allowed;
        try {
            allowed = WarehouseUrl.parse(withoutProperties(own)).hosts();
        } catch (ServiceException e) {
            return false; // its operator has named it in a form that no delivery can
        }
        return url.hosts().stream()
                .allMatch(host -> allowed.stream().anyMatch(one -> one.equals(host) || isSamePlace(one, host)));
    }

    private static String withoutProperties(String url) {
        int query = url.indexOf('?');
        return query < 0 ? url : url.substring(0, query);
    }

    private static boolean isSamePlace(WarehouseUrl.Host own, WarehouseUrl.Host host) {
        if (own.port() != host.port()) {
            return false;
        }
        List<InetAddress> allowed = addressesOf(own);
        List<InetAddress> addresses = addressesOf(host);
        boolean here = addresses.stream().allMatch(InetAddress::isLoopbackAddress)
                && allowed.stream().allMatch(InetAddress::isLoopbackAddress);
        return !addresses.isEmpty() && (here || allowed.containsAll(addresses));
    }

    /** Returns no address for a name that has none now; the job refuses what it gets later. */
    private static List<InetAddress> addressesOf(WarehouseUrl.Host host) {
        try {
            return Arrays.asList(InetAddress.getAllByName(host.name()));
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean shared = bytes.length == 4 && bytes[0] == SHARED_FIRST && (bytes[1] & SHARED_MASK) == SHARED_SECOND;
        boolean uniqueLocal = address instanceof Inet6Address && (bytes[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL;
        boolean thisNetwork = bytes.length == 4 && bytes[0] == 0;
        return !shared
                && !uniqueLocal
                && !thisNetwork
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isSiteLocalAddress()
                && !address.isMulticastAddress()
                && !holdsIpv4(bytes);
    }

    /** Addresses of IPv6 that lead to one of IPv4: a translator or tunnel might take them anywhere. */
    private static boolean holdsIpv4(byte[] bytes) {
        if (bytes.length == 4) {
            return false;
        }
        boolean translated =
                bytes[0] == 0 && bytes[1] == 0x64 && (bytes[2] & 0xFF) == 0xFF && (bytes[3] & 0xFF) == 0x9B;
        boolean tunnelled =
                bytes[0] == 0x20 && (bytes[1] == 0x02 || (bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0));
        boolean compatible = true;
        for (int i = 0; i < 12; i++) {
            compatible &= bytes[i] == 0;
        }
        return translated || tunnelled || compatible;
    }
}
