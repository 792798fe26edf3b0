package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.storage.ObjectStore;
import io.millrace.server.storage.StoredObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the field {@code id} of every record in every visible object under a prefix: Parquet, or lines of JSON in GZIP.
 * An object that was read is not read again.
 */
final class DeliveredObjects {
    private static final String UUID = "-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /** The service lists a put under way as {@code <key>-<uuid>} until it is whole, and keys have a UUID of their own. */
    private static final Pattern PUT_UNDER_WAY = Pattern.compile(".*" + UUID + "(\\.[a-z]+)?" + UUID);

    private final ObjectStore store;
    private final String bucket;
    private final String prefix;
    private final Path directory;
    private final Map<String, List<Long>> idsByKey = new TreeMap<>();

    DeliveredObjects(ObjectStore store, String bucket, String prefix, Path directory) {
        this.store = store;
        this.bucket = bucket;
        this.prefix = prefix;
        this.directory = directory;
    }

    /** Returns how often each number is there. */
    Map<Long, Long> counts() throws IOException {
        for (StoredObject object : store.list(bucket, prefix)) {
            if (!idsByKey.containsKey(object.key())
                    && !PUT_UNDER_WAY.matcher(object.key()).matches()) {
                idsByKey.put(object.key(), read(object.key()));
            }
        }
        return idsByKey.values().stream()
                .flatMap(List::stream)
                .collect(Collectors.groupingBy(id -> id, TreeMap::new, Collectors.counting()));
    }

    int objects() {
        return idsByKey.size();
    }

    private List<Long> read(String key) throws IOException {
        Path file = directory.resolve("object");
        store.download(bucket, key, file);
        try {
            return key.endsWith(".parquet") ? parquet(file) : lines(file);
        } catch (SQLException e) {
            throw new IOException(key, e);
        } finally {
            Files.delete(file);
        }
    }

    private static List<Long> parquet(Path file) throws SQLException {
        List<Long> ids = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id FROM read_parquet('%s')".formatted(file))) {
            while (rows.next()) {
                ids.add(rows.getLong(1));
            }
        }
        return ids;
    }

    private static List<Long> lines(Path file) throws IOException {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), UTF_8))) {
            return reader.lines()
                    .map(line -> JsonMapper.shared().readTree(line).path("id").asLong())
                    .toList();
        }
    }
}
