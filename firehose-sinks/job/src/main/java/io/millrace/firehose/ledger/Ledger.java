package io.millrace.firehose.ledger;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a delivery has delivered, decided in one place for all jobs that may run of it.
 *
 * <p>The ledger is a row of versions. A change is made by writing the next version, which only one of several writers
 * can do, so that the positions of each shard move from one batch to the next without a gap and without an overlap. A
 * commit is decided before its objects are visible: the version holds what is needed to complete them, and every job
 * completes what it finds before it decides anything else.
 *
 * <pre>
 *  version 41                   version 42                        version 43
 *  shard-0: 20     --commit-->  shard-0: 35                --settle-->  shard-0: 35
 *                               commit: (20, 35], uploads               copies: the object, for a warehouse
 * </pre>
 *
 * <p>Old versions are removed. A job that was paused could then write a version that others have long passed; therefore
 * a written version counts only once the newest one is known to follow from it, see {@link #replace}. Thread-safe.
 */
public final class Ledger implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
    private static final int KEPT_VERSIONS = 8;
    private static final int READ_ATTEMPTS = 50;

    private final VersionStore store;
    private final String source;
    private final Supplier<String> stamps;
    private final FailedAttempts failed;
    private long version;
    private @Nullable LedgerState state;

    /** Makes the objects of a commit visible. */
    @FunctionalInterface
    public interface Completion {
        /**
         * Completes an upload; one that is completed stays so.
         *
         * @throws UploadGoneException if it can never be completed
         */
        void complete(Upload upload) throws IOException;
    }

    /**
     * Opens the ledger without a call.
     *
     * @param source which stream the positions belong to
     * @param stamps gives each change a name of its own
     */
    public Ledger(VersionStore store, String source, Supplier<String> stamps) {
        this(store, source, stamps, new FailedAttempts());
    }

    /** @param failed attempts that are still to be written down; shared by the ledgers of a delivery in this process */
    public Ledger(VersionStore store, String source, Supplier<String> stamps, FailedAttempts failed) {
        this.store = store;
        this.source = source;
        this.stamps = stamps;
        this.failed = failed;
    }

    /** Reads the newest version, and makes the first one when there is none. */
    public synchronized void refresh() throws IOException {
        for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
            SortedSet<Long> versions = store.versions();
            if (versions.isEmpty()) {
                store.putIfAbsent(
                        1, LedgerState.empty(source).stamped(stamps.get()).toJson());
            } else if (adopt(versions.last())) {
                return;
            }
        }
        throw new IOException("the newest version of the ledger cannot be read");
    }

    /** Returns false when the version was removed meanwhile, so that there are newer ones. */
    private boolean adopt(long newest) throws IOException {
        byte[] document = store.get(newest);
        if (document == null) {
            return false;
        }
        LedgerState read = LedgerState.fromJson(document);
        state = read.source().equals(source) ? read : read.ofOtherSource(source);
        version = newest;
        return true;
    }

    private LedgerState current() {
        LedgerState read = state;
        if (read == null) {
            throw new IllegalStateException("the ledger was not read");
        }
        return read;
    }

    /** Returns the position of each shard, as it was last read. */
    public synchronized Map<String, String> positions() {
        return current().positions();
    }

    /** Returns the objects that wait for the warehouse, as it was last read, oldest first. */
    public synchronized List<StagedCopy> copies() {
        return current().copies();
    }

    /**
     * Makes visible what was decided. Returns whether that was possible; if not, the commit is withdrawn, and its
     * records have to be read again.
     */
    public synchronized boolean settle(Completion completion) throws IOException {
        boolean whole = true;
        for (Commit commit = current().commit();
                commit != null;
                commit = current().commit()) {
            LedgerState next;
            try {
                for (Upload upload : commit.uploads()) {
                    completion.complete(upload);
                }
                next = current().settled();
            } catch (UploadGoneException e) {
                LOG.warn("{}: the records are delivered again", commit.ranges(), e);
                next = current().withdrawn();
                whole = false;
            }
            replace(next);
        }
        return whole;
    }

    /**
     * Delivers records: decides it, and makes them visible.
     *
     * @throws StalePositionException if the ledger is elsewhere; nothing of the commit is or becomes visible then
     */
    public synchronized void commit(Commit commit, Completion completion) throws IOException {
        do {
            if (!settle(completion)) {
                throw new StalePositionException("a commit was withdrawn");
            }
        } while (!replace(current().committing(commit)));
        if (!settle(completion)) {
            throw new StalePositionException("the objects could not be completed");
        }
    }

    /** Notes that a batch could not be delivered; it is counted with the next change. */
    public void batchFailed() {
        failed.object();
    }

    /** Notes that an object could not be copied; it is counted with the next change. */
    public void copyFailed() {
        failed.copy();
    }

    /** Forgets a copy that is done. */
    public void copied(StagedCopy copy) throws IOException {
        forget(copy, true);
    }

    /** Forgets a copy that is given up. */
    public void givenUp(StagedCopy copy) throws IOException {
        forget(copy, false);
    }

    private synchronized void forget(StagedCopy copy, boolean delivered) throws IOException {
        while (current().copies().stream().anyMatch(one -> one.path().equals(copy.path()))) {
            replace(current().withoutCopy(copy, delivered));
        }
    }

    /**
     * Writes the next version. Returns whether the newest version has this change; that version is current afterwards.
     *
     * <p>A version may have been removed, so that writing it again succeeds though others are far ahead. It counts if
     * it is the newest, since those up to the newest are not removed, or if the newest has its stamp.
     */
    private boolean replace(LedgerState next) throws IOException {
        String stamp = stamps.get();
        FailedAttempts.Counts counts = failed.counts();
        LedgerState stamped = next.failed(counts).stamped(stamp);
        long written = version + 1;
        boolean stored = store.putIfAbsent(written, stamped.toJson());
        SortedSet<Long> versions = store.versions();
        if (stored && !versions.isEmpty() && versions.last() == written) {
            version = written;
            state = stamped;
            failed.written(counts);
            removeOld(versions);
            return true;
        }
        refresh();
        boolean whole = current().stamps().contains(stamp);
        if (whole) {
            failed.written(counts);
        }
        return whole;
    }

    private void removeOld(SortedSet<Long> versions) {
        try {
            for (long old : versions.headSet(version - KEPT_VERSIONS)) {
                store.delete(old);
            }
        } catch (IOException e) {
            LOG.debug("old versions of the ledger stay for now", e);
        }
    }

    /** Waits until fewer than {@code limit} objects wait for the warehouse. */
    public void awaitFewerCopies(int limit) throws InterruptedException {
        while (copies().size() >= limit) {
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
