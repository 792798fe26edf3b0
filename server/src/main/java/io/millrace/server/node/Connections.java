package io.millrace.server.node;

import io.millrace.analytics.control.ClusterAccess;
import io.millrace.durable.disk.AtomicFile;
import io.millrace.server.flink.FlinkDoor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * How to reach the parts of a running node, for the other commands on the same machine. Kept in the data directory,
 * readable by its owner only since it holds keys.
 */
public record Connections(
        String api,
        ApiAccess apiAccess,
        @Nullable ObjectStoreAccess s3,
        @Nullable String flink,
        @Nullable String sqlGateway,
        @Nullable FlinkAccess flinkAccess,
        @Nullable WarehouseAccess warehouse) {
    private static final String FILE = "connections.json";

    /**
     * With what to sign calls of the API.
     *
     * @param signed whether the node checks signatures; if not, any keys will do
     */
    public record ApiAccess(String accessKey, String secretKey, boolean signed) {}

    /** How to reach the object store. */
    public record ObjectStoreAccess(String url, String region, String accessKey, String secretKey) {}

    /** How to reach the warehouse. */
    public record WarehouseAccess(String jdbcUrl, String user, String password) {}

    /**
     * How to enter Flink.
     *
     * @param doorFile which an embedded cluster writes anew at each of its starts; absent for an external cluster
     * @param credential what an external cluster asks for; absent where it asks for nothing
     */
    public record FlinkAccess(@Nullable String doorFile, ClusterAccess.@Nullable Credential credential) {}

    /** Returns the way to the SQL gateway. @throws IOException if the node runs without Flink */
    public ClusterAccess.Source sqlAccess() throws IOException {
        FlinkAccess access = flinkAccess;
        String gateway = sqlGateway;
        if (access == null || gateway == null) {
            throw new IOException("this node runs without Flink");
        }
        String file = access.doorFile();
        if (file == null) {
            return () -> new ClusterAccess(URI.create(gateway), access.credential());
        }
        return () -> {
            FlinkDoor door = FlinkDoor.read(Path.of(file));
            return new ClusterAccess(door.sqlUrl(), ClusterAccess.Credential.bearer(door.secret()));
        };
    }

    void save(DataDirectory directory) throws IOException {
        AtomicFile.writePrivate(directory.resolve(FILE), JsonMapper.shared().writeValueAsBytes(this));
    }

    /** Returns what the node last started on a directory has left. @throws IOException if there is none */
    public static Connections load(Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: no node has been started here; start one with './millrace server' or name its directory with --data-dir",
                    dataDirectory));
        }
        try {
            return JsonMapper.shared().readValue(Files.readAllBytes(file), Connections.class);
        } catch (JacksonException e) {
            throw new IOException(String.format(Locale.ROOT, "%s: cannot be read", file), e);
        }
    }
}
