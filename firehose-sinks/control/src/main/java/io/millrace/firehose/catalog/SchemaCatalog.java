package io.millrace.firehose.catalog;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentKeys;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The databases and tables of every account in every region, durable before a change returns. Names are compared
 * without regard to case, as in Glue.
 *
 * <p>Catalogs that were written before they were kept by account and region belong to the default account in us-east-1,
 * and are rewritten so when they are opened. Thread-safe: reads are free of locks, changes hold the monitor.
 */
public final class SchemaCatalog {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String NAMESPACE = "namespace";

    private final DocumentStore store;
    private final Map<DatabaseKey, Database> databases = new ConcurrentHashMap<>();
    private final Map<TableKey, Table> tables = new ConcurrentHashMap<>();
    private final Map<String, DamagedDocument> damaged = new ConcurrentHashMap<>();

    private SchemaCatalog(DocumentStore store) {
        this.store = store;
    }

    private record DatabaseKey(Namespace namespace, String name) {
        DatabaseKey {
            name = name.toLowerCase(Locale.ROOT);
        }

        String document() {
            return DocumentKeys.of("database", namespace.account(), namespace.region(), name);
        }
    }

    private record TableKey(DatabaseKey database, String name) {
        TableKey {
            name = name.toLowerCase(Locale.ROOT);
        }

        String document() {
            Namespace namespace = database.namespace();
            return DocumentKeys.of("table", namespace.account(), namespace.region(), database.name(), name);
        }
    }

    /** A set of tables. */
    public record Database(Namespace namespace, String name, String description, long createdEpochMillis) {
        private DatabaseKey key() {
            return new DatabaseKey(namespace, name);
        }
    }

    /** A table; {@code definition} is the TableInput of Glue as JSON. */
    public record Table(
            Namespace namespace,
            String database,
            String name,
            List<Column> columns,
            String definition,
            long createdEpochMillis,
            long updatedEpochMillis,
            int version) {
        private TableKey key() {
            return new TableKey(new DatabaseKey(namespace, database), name);
        }
    }

    /** A column and its type of Hive. */
    public record Column(String name, String type) {}

    public static SchemaCatalog open(DocumentStore store) throws IOException {
        SchemaCatalog catalog = new SchemaCatalog(store);
        DocumentStore.Loaded<JsonNode> loaded = store.load(SchemaCatalog::parse);
        for (Map.Entry<String, JsonNode> document : loaded.documents().entrySet()) {
            catalog.load(document.getKey(), document.getValue());
        }
        loaded.damaged().forEach(document -> catalog.damaged.put(document.key(), document));
        return catalog;
    }

    /** @throws RuntimeException if the document describes neither a table nor a database */
    private static JsonNode parse(String document, byte[] content) {
        JsonNode read = MAPPER.readTree(content);
        JsonNode complete = withNamespace(read.deepCopy());
        if (isTable(complete)) {
            MAPPER.treeToValue(complete, Table.class).key();
        } else {
            MAPPER.treeToValue(complete, Database.class).key();
        }
        return read;
    }

    private static boolean isTable(JsonNode content) {
        return content.has("definition");
    }

    private static JsonNode withNamespace(JsonNode content) {
        if (!content.has(NAMESPACE) && content instanceof ObjectNode object) {
            object.set(NAMESPACE, MAPPER.valueToTree(Namespace.DEFAULT));
        }
        return content;
    }

    /** Returns the entries that cannot be read. They can neither be used nor made anew under the same name. */
    public List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    private void refuseDamaged(String document) {
        DamagedDocument found = damaged.get(document);
        if (found != null) {
            throw ServiceException.damaged(found);
        }
    }

    private void load(String document, JsonNode content) throws IOException {
        boolean old = !content.has(NAMESPACE);
        withNamespace(content);
        String key;
        if (isTable(content)) {
            Table table = MAPPER.treeToValue(content, Table.class);
            key = table.key().document();
            tables.put(table.key(), table);
        } else {
            Database database = MAPPER.treeToValue(content, Database.class);
            key = database.key().document();
            databases.put(database.key(), database);
        }
        if (old) {
            store.put(key, MAPPER.writeValueAsBytes(content));
            store.delete(document);
        }
    }

    public synchronized void createDatabase(Database database) {
        refuseDamaged(database.key().document());
        if (databases.containsKey(database.key())) {
            throw ServiceException.refused("AlreadyExistsException", "Database already exists.");
        }
        save(database.key().document(), database);
        databases.put(database.key(), database);
    }

    public Database database(Namespace namespace, String name) {
        refuseDamaged(new DatabaseKey(namespace, name).document());
        Database database = databases.get(new DatabaseKey(namespace, name));
        if (database == null) {
            throw ServiceException.refused(
                    "EntityNotFoundException", String.format(Locale.ROOT, "Database %s not found.", name));
        }
        return database;
    }

    /** Returns the databases of an account in a region, by name in ascending order. */
    public List<Database> databases(Namespace namespace) {
        return databases.entrySet().stream()
                .filter(entry -> entry.getKey().namespace().equals(namespace))
                .sorted(Comparator.comparing(entry -> entry.getKey().name()))
                .map(Map.Entry::getValue)
                .toList();
    }

    public synchronized void createTable(Table table) {
        database(table.namespace(), table.database());
        refuseDamaged(table.key().document());
        if (tables.containsKey(table.key())) {
            throw ServiceException.refused("AlreadyExistsException", "Table already exists.");
        }
        save(table.key().document(), table);
        tables.put(table.key(), table);
    }

    public Table table(Namespace namespace, String database, String name) {
        database(namespace, database);
        TableKey key = new TableKey(new DatabaseKey(namespace, database), name);
        refuseDamaged(key.document());
        Table table = tables.get(key);
        if (table == null) {
            throw ServiceException.refused(
                    "EntityNotFoundException", String.format(Locale.ROOT, "Table %s not found.", name));
        }
        return table;
    }

    /** Returns the tables of a database, by name in ascending order. */
    public List<Table> tables(Namespace namespace, String database) {
        DatabaseKey key = database(namespace, database).key();
        return tables.entrySet().stream()
                .filter(entry -> entry.getKey().database().equals(key))
                .sorted(Comparator.comparing(entry -> entry.getKey().name()))
                .map(Map.Entry::getValue)
                .toList();
    }

    public synchronized void deleteTable(Namespace namespace, String database, String name) {
        Table table = table(namespace, database, name);
        try {
            store.delete(table.key().document());
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "table %s: cannot be deleted", name), e);
        }
        tables.remove(table.key());
    }

    private void save(String key, Object entry) {
        try {
            store.put(key, MAPPER.writeValueAsBytes(entry));
        } catch (IOException e) {
            throw new UncheckedIOException(String.format(Locale.ROOT, "catalog entry %s: cannot be written", key), e);
        }
    }
}
