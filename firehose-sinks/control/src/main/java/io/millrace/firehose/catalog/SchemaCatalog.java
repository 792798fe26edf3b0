package io.millrace.firehose.catalog;

import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Databases and tables, durable before a change returns. Names are compared without regard to case, as in Glue.
 *
 * <p>Thread-safe: reads are free of locks, changes hold the monitor.
 */
public final class SchemaCatalog {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String DATABASE_PREFIX = "database ";
    private static final String TABLE_PREFIX = "table ";

    private final DocumentStore store;
    private final Map<String, Database> databases = new ConcurrentSkipListMap<>();
    private final Map<String, Table> tables = new ConcurrentSkipListMap<>();

    private SchemaCatalog(DocumentStore store) {
        this.store = store;
    }

    /** A namespace of tables. */
    public record Database(String name, String description, long createdEpochMillis) {}

    /** A table; {@code definition} is the TableInput of Glue as JSON. */
    public record Table(
            String database,
            String name,
            List<Column> columns,
            String definition,
            long createdEpochMillis,
            long updatedEpochMillis,
            int version) {
        String key() {
            return key(database, name);
        }

        static String key(String database, String name) {
            return (database + " " + name).toLowerCase(Locale.ROOT);
        }
    }

    /** A column and its type of Hive. */
    public record Column(String name, String type) {}

    public static SchemaCatalog open(DocumentStore store) throws IOException {
        SchemaCatalog catalog = new SchemaCatalog(store);
        for (Map.Entry<String, byte[]> document : store.readAll().entrySet()) {
            try {
                if (document.getKey().startsWith(DATABASE_PREFIX)) {
                    Database database = MAPPER.readValue(document.getValue(), Database.class);
                    catalog.databases.put(database.name().toLowerCase(Locale.ROOT), database);
                } else {
                    Table table = MAPPER.readValue(document.getValue(), Table.class);
                    catalog.tables.put(table.key(), table);
                }
            } catch (JacksonException e) {
                throw new IOException("the catalog entry %s is damaged".formatted(document.getKey()), e);
            }
        }
        return catalog;
    }

    public synchronized void createDatabase(Database database) {
        String key = database.name().toLowerCase(Locale.ROOT);
        if (databases.containsKey(key)) {
            throw ServiceException.refused("AlreadyExistsException", "Database already exists.");
        }
        save(DATABASE_PREFIX + key, database);
        databases.put(key, database);
    }

    public Database database(String name) {
        Database database = databases.get(name.toLowerCase(Locale.ROOT));
        if (database == null) {
            throw ServiceException.refused("EntityNotFoundException", "Database %s not found.".formatted(name));
        }
        return database;
    }

    public List<Database> databases() {
        return List.copyOf(databases.values());
    }

    public synchronized void createTable(Table table) {
        database(table.database());
        if (tables.containsKey(table.key())) {
            throw ServiceException.refused("AlreadyExistsException", "Table already exists.");
        }
        save(TABLE_PREFIX + table.key(), table);
        tables.put(table.key(), table);
    }

    public Table table(String database, String name) {
        database(database);
        Table table = tables.get(Table.key(database, name));
        if (table == null) {
            throw ServiceException.refused("EntityNotFoundException", "Table %s not found.".formatted(name));
        }
        return table;
    }

    public List<Table> tables(String database) {
        database(database);
        return tables.values().stream()
                .filter(table -> table.database().equalsIgnoreCase(database))
                .toList();
    }

    public synchronized void deleteTable(String database, String name) {
        Table table = table(database, name);
        try {
            store.delete(TABLE_PREFIX + table.key());
        } catch (IOException e) {
            throw new UncheckedIOException("table %s: cannot be deleted".formatted(name), e);
        }
        tables.remove(table.key());
    }

    private void save(String key, Object entry) {
        try {
            store.put(key, MAPPER.writeValueAsBytes(entry));
        } catch (IOException e) {
            throw new UncheckedIOException("catalog entry %s: cannot be written".formatted(key), e);
        }
    }
}
