package io.millrace.ingest.streams;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an account has settled for one region: whether it is committed to a minimum throughput (API reference,
 * UpdateAccountSettings). Kept durably. Thread-safe.
 */
public final class AccountSettings {
    private static final Duration SHORTEST = Duration.ofHours(24);
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final DocumentStore store;
    private final InstantSource clock;
    private final Map<String, Commitment> commitments = new ConcurrentHashMap<>();
    private final List<DamagedDocument> damaged = new ArrayList<>();

    private AccountSettings(DocumentStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    public static AccountSettings open(DocumentStore store, InstantSource clock) throws IOException {
        AccountSettings settings = new AccountSettings(store, clock);
        DocumentStore.Loaded<Commitment> loaded =
                store.load((key, content) -> MAPPER.readValue(content, Commitment.class));
        settings.commitments.putAll(loaded.documents());
        settings.damaged.addAll(loaded.damaged());
        return settings;
    }

    /** Returns the documents that cannot be read. Such an account has the default settings until they are set again. */
    public List<DamagedDocument> damaged() {
        return List.copyOf(damaged);
    }

    /**
     * A commitment to a minimum throughput.
     *
     * @param startedMillis epoch; absent while there was never one
     * @param endedMillis epoch, when it ends or has ended; absent while nobody wants it to
     */
    public record Commitment(
            @Nullable Long startedMillis, @Nullable Long endedMillis) {
        static final Commitment NONE = new Commitment(null, null);

        /** Tells whether it was made and nobody has wanted it to end. */
        public boolean isCommitted() {
            return startedMillis != null && endedMillis == null;
        }

        /** Tells whether it still holds although somebody has wanted it to end. */
        public boolean isEnding(Instant now) {
            return endedMillis != null && now.toEpochMilli() < endedMillis;
        }

        /** Returns when it may end at the earliest. */
        public @Nullable Instant earliestEnd() {
            return startedMillis == null
                    ? null
                    : Instant.ofEpochMilli(startedMillis).plus(SHORTEST);
        }
    }

    public Commitment of(Namespace namespace) {
        return commitments.getOrDefault(idOf(namespace), Commitment.NONE);
    }

    /** Begins a commitment, or ends it: after a day at the earliest. */
    public synchronized Commitment commit(Namespace namespace, boolean wanted) {
        Commitment before = of(namespace);
        long now = clock.millis();
        Commitment after = before;
        Instant earliestEnd = before.earliestEnd();
        if (wanted && !before.isCommitted()) {
            after = new Commitment(now, null);
        } else if (!wanted && before.isCommitted() && earliestEnd != null) {
            after = new Commitment(before.startedMillis(), Math.max(now, earliestEnd.toEpochMilli()));
        }
        try {
            store.put(idOf(namespace), MAPPER.writeValueAsBytes(after));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(Locale.ROOT, "settings of account %s: cannot be written", namespace.account()), e);
        }
        commitments.put(idOf(namespace), after);
        return after;
    }

    private static String idOf(Namespace namespace) {
        return String.format(Locale.ROOT, "%s.%s", namespace.account(), namespace.region());
    }
}
