package io.millrace.protocol.auth;

import io.millrace.protocol.state.DocumentStore;
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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
    /** A folder changed more recently than this may be changed again without its time moving. */
    private static final Duration CLOCK_GRAIN = Duration.ofSeconds(2);

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Path folder;
    private final DocumentStore documents;
    private final InstantSource clock;

    private volatile Map<String, AccessKey> keys = Map.of();
    private Instant unchangedSince = Instant.MAX;

    private StoredAccessKeys(Path folder, DocumentStore documents, InstantSource clock) {
        this.folder = folder;
        this.documents = documents;
        this.clock = clock;
    }

    /** Opens the folder, creating it when missing. */
    public static StoredAccessKeys open(Path folder, InstantSource clock) throws IOException {
        StoredAccessKeys opened = new StoredAccessKeys(folder, DocumentStore.openPrivate(folder), clock);
        opened.refresh();
        return opened;
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
     * Adds a key; it survives a crash from now on.
     *
     * @throws IllegalArgumentException if there is one of this id
     */
    public synchronized void add(AccessKey key) throws IOException {
        read();
        if (keys.containsKey(key.id())) {
            throw new IllegalArgumentException(
                    "access key id: %s (expected: one that is not in use)".formatted(key.id()));
        }
        documents.put(key.id(), MAPPER.writeValueAsBytes(key));
        read();
    }

    /** Removes a key. Returns false when there is none of this id. */
    public synchronized boolean remove(String id) throws IOException {
        read();
        if (!keys.containsKey(id)) {
            return false;
        }
        documents.delete(id);
        read();
        return true;
    }

    /**
     * Takes up what other processes have changed. Costs one look at the folder when nothing has.
     *
     * @throws IOException if the folder or a key in it cannot be read; what is known of these stays, all else is taken up
     */
    public synchronized void refresh() throws IOException {
        Instant changed = Files.getLastModifiedTime(folder).toInstant();
        if (!changed.equals(unchangedSince)) {
            read();
            boolean settled = changed.plus(CLOCK_GRAIN).isBefore(clock.instant());
            unchangedSince = settled ? changed : Instant.MAX;
        }
    }

    private void read() throws IOException {
        Map<String, AccessKey> read = new HashMap<>();
        IOException failed = null;
        for (String id : documents.keys()) {
            try {
                read.put(id, parse(id, documents.read(id)));
            } catch (NoSuchFileException e) {
                // another process has removed it meanwhile
            } catch (IOException e) {
                failed = e;
                AccessKey known = keys.get(id);
                if (known != null) {
                    read.put(id, known);
                }
            }
        }
        keys = Map.copyOf(read);
        if (failed != null) {
            throw failed;
        }
    }

    private AccessKey parse(String id, byte[] document) throws IOException {
        return parse(document)
                .filter(key -> key.id().equals(id))
                .orElseThrow(
                        () -> new IOException("%s: the document of access key %s cannot be read; restore or delete it"
                                .formatted(folder, id)));
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
