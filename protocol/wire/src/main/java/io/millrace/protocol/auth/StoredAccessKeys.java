package io.millrace.protocol.auth;

import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Access keys in a folder that only its owner may read, one document each.
 *
 * <p>Several processes may have the folder open: a command adds a key and a running node takes it up with its next
 * {@link #refresh()}. Secrets are kept as they are, since checking a signature takes them; whoever can read the folder
 * can sign. Thread-safe; {@link #find} reads no file.
 */
public final class StoredAccessKeys implements AccessKeys {
    private static final Logger LOG = LoggerFactory.getLogger(StoredAccessKeys.class);
    /** A folder changed more recently than this may be changed again without its time moving. */
    private static final Duration CLOCK_GRAIN = Duration.ofSeconds(2);

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Path folder;
    private final DocumentStore documents;
    private final InstantSource clock;

    private volatile Map<String, AccessKey> keys = Map.of();
    private Set<String> damaged = Set.of();
    private Instant unchangedSince = Instant.MAX;

    private StoredAccessKeys(Path folder, DocumentStore documents, InstantSource clock) {
        this.folder = folder;
        this.documents = documents;
        this.clock = clock;
    }

    /** Opens the folder, creating it when missing. A key whose document is damaged is unknown and logged. */
    public static StoredAccessKeys open(Path folder, InstantSource clock) throws IOException {
        StoredAccessKeys opened = new StoredAccessKeys(folder, DocumentStore.openPrivate(folder), clock);
        opened.readWhatCanBe();
        return opened;
    }

    /** Returns the ids of keys whose documents cannot be read, in ascending order. */
    public synchronized List<String> damaged() {
        return List.copyOf(damaged);
    }

    private synchronized void readWhatCanBe() {
        try {
            refresh();
        } catch (IOException e) {
            LOG.error("{}", e.getMessage());
        }
    }

    @Override
    public @Nullable AccessKey find(String id) {
        return keys.get(id);
    }

    /** Returns every key, by name and then by id. */
    public List<AccessKey> list() {
        return keys.values().stream()
                .sorted(Comparator.comparing(AccessKey::name).thenComparing(AccessKey::id))
                .toList();
    }

    /**
     * Adds a key; it survives a crash from now on. A damaged document of the same id is replaced.
     *
     * @throws IllegalArgumentException if there is one of this id
     */
    public synchronized void add(AccessKey key) throws IOException {
        readWhatCanBe();
        if (keys.containsKey(key.id())) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "access key id: %s (expected: one that is not in use)", key.id()));
        }
        documents.put(key.id(), MAPPER.writeValueAsBytes(key));
        unchangedSince = Instant.MAX;
        readWhatCanBe();
    }

    /** Removes a key. Returns false when there is none of this id. */
    public synchronized boolean remove(String id) throws IOException {
        readWhatCanBe();
        if (!keys.containsKey(id) && !damaged.contains(id)) {
            return false;
        }
        documents.delete(id);
        unchangedSince = Instant.MAX;
        readWhatCanBe();
        return true;
    }

    /**
     * Takes up what other processes have changed. Costs one look at the folder when nothing has.
     *
     * @throws IOException if the folder or a key in it cannot be read; what is known of these stays, all else is taken
     *     up
     */
    public synchronized void refresh() throws IOException {
        Instant changed = Files.getLastModifiedTime(folder).toInstant();
        if (!changed.equals(unchangedSince)) {
            unchangedSince = Instant.MAX;
            read();
            boolean settled = changed.plus(CLOCK_GRAIN).isBefore(clock.instant());
            unchangedSince = settled ? changed : Instant.MAX;
        }
    }

    private void read() throws IOException {
        Map<String, AccessKey> read = new HashMap<>();
        IOException failed = null;
        Set<String> unreadable = new TreeSet<>();
        for (String id : documents.keys()) {
            try {
                read.put(id, parse(id, documents.read(id)));
            } catch (NoSuchFileException e) {
                // another process has removed it meanwhile
            } catch (IOException e) {
                failed = e;
                unreadable.add(id);
                AccessKey known = keys.get(id);
                if (known != null) {
                    read.put(id, known);
                }
            }
        }
        keys = Map.copyOf(read);
        damaged = unreadable;
        if (failed != null) {
            throw failed;
        }
    }

    private AccessKey parse(String id, byte[] document) throws IOException {
        return parse(document)
                .filter(key -> key.id().equals(id))
                .orElseThrow(() -> new IOException(String.format(
                        Locale.ROOT,
                        "%s: the document of access key %s cannot be read; restore or delete it",
                        folder,
                        id)));
    }

    /** The parser's own message is dropped: it may quote the secret. */
    private static Optional<AccessKey> parse(byte[] document) {
        try {
            return Optional.ofNullable(MAPPER.readValue(document, AccessKey.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
