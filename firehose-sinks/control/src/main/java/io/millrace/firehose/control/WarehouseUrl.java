package io.millrace.firehose.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The JDBC URL of a warehouse: {@code jdbc:postgresql://host:port/database?property=value&...}, of which every host is
 * named and every property is one that changes nothing but how the driver speaks to the server.
 *
 * <p>Other properties of the driver load classes, read and write files of the node or hold passwords. No message shows
 * a URL, since what is not allowed in it may be a secret.
 */
record WarehouseUrl(List<Host> hosts) {
    private static final Set<String> PROPERTIES = Set.of(
            "ApplicationName",
            "binaryTransfer",
            "connectTimeout",
            "currentSchema",
            "loginTimeout",
            "prepareThreshold",
            "reWriteBatchedInserts",
            "socketTimeout",
            "ssl",
            "sslmode",
            "targetServerType",
            "tcpKeepAlive");

    private static final Pattern URL =
            Pattern.compile("jdbc:postgresql://([^/?#@\\\\%\\s]+)/([^/?#\\s]*)(?:\\?([^#\\s]*))?");
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9_.-]+)(?::(\\d{1,5}))?");
    private static final int DEFAULT_PORT = 5432;
    private static final int MAX_PORT = 65_535;

    /**
     * A server.
     *
     * @param name as the URL has it, without the brackets of an IPv6 address
     */
    record Host(String name, int port) {}

    /** @throws io.millrace.protocol.api.ServiceException naming what is not allowed */
    static WarehouseUrl parse(String url) {
        Matcher matcher = URL.matcher(url);
        if (!matcher.matches()) {
            throw FirehoseErrors.invalidArgument(
                    "ClusterJDBCURL is not available (expected: jdbc:postgresql://host:port/database).");
        }
        for (String name : propertiesOf(matcher.group(3))) {
            if (!PROPERTIES.contains(name)) {
                throw FirehoseErrors.invalidArgument(String.format(
                        Locale.ROOT,
                        "ClusterJDBCURL: property %s is not allowed (expected: one of %s).",
                        name,
                        String.join(", ", PROPERTIES.stream().sorted().toList())));
            }
        }
        List<Host> hosts = new ArrayList<>();
        for (String host : matcher.group(1).split(",", -1)) {
            hosts.add(host(host));
        }
        return new WarehouseUrl(List.copyOf(hosts));
    }

    private static List<String> propertiesOf(@Nullable String query) {
        return query == null || query.isEmpty()
                ? List.of()
                : Arrays.stream(query.split("&", -1))
                        .map(pair -> pair.contains("=") ? pair.substring(0, pair.indexOf('=')) : pair)
                        .toList();
    }

    private static Host host(String text) {
        Matcher matcher = HOST.matcher(text);
        int port = matcher.matches() && matcher.group(2) != null ? Integer.parseInt(matcher.group(2)) : DEFAULT_PORT;
        if (!matcher.matches() || port < 1 || port > MAX_PORT) {
            throw FirehoseErrors.invalidArgument("ClusterJDBCURL names a host or a port that can be none.");
        }
        String name = matcher.group(1);
        return new Host(name.startsWith("[") ? name.substring(1, name.length() - 1) : name, port);
    }

    /** Returns a URL as others may see it: one of an earlier version may hold a password. */
    static String shown(String url) {
        int query = url.indexOf('?');
        if (query < 0) {
            return url;
        }
        List<String> shown = Arrays.stream(url.substring(query + 1).split("&", -1))
                .filter(pair -> PROPERTIES.contains(pair.contains("=") ? pair.substring(0, pair.indexOf('=')) : pair))
                .toList();
        return url.substring(0, query) + (shown.isEmpty() ? "" : "?" + String.join("&", shown));
    }
}
