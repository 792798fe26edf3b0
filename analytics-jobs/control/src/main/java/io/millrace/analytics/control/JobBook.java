package io.millrace.analytics.control;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The records of jobs, by name, durable before a change returns.
 *
 * <p>Thread-safe. The monitor guards the map and the documents; it is held over writes to the disk and over nothing
 * that waits for a cluster. Every change names the submission that it speaks of, so a late one does not touch a newer
 * record.
 */
final class JobBook {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final DocumentStore store;
    private final Map<String, JobRecord> records = new TreeMap<>();
    private final Map<String, DamagedDocument> damaged = new TreeMap<>();
    private boolean closed;

    private JobBook(DocumentStore store) {
        this.store = store;
    }

    static JobBook open(DocumentStore store) throws IOException {
        JobBook book = new JobBook(store);
        DocumentStore.Loaded<JobRecord> loaded = store.load(JobBook::parse);
        book.records.putAll(loaded.documents());
        loaded.damaged().forEach(document -> book.damaged.put(document.key(), document));
        return book;
    }

    /** @throws RuntimeException if the document is no description of a job */
    private static JobRecord parse(String key, byte[] content) {
        JobRecord job = MAPPER.readValue(content, JobRecord.class);
        Objects.requireNonNull(job.spec().name());
        Objects.requireNonNull(job.jobId());
        return job;
    }

    /** Returns the documents that cannot be read. Their jobs are not started: they would begin from nothing. */
    synchronized List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    synchronized Optional<DamagedDocument> damaged(String name) {
        return Optional.ofNullable(damaged.get(name));
    }

    /** Gives up a job whose document is damaged. Returns false if it is not. */
    synchronized boolean removeDamaged(String name) throws IOException {
        if (!damaged.containsKey(name)) {
            return false;
        }
        checkOpen();
        store.delete(name);
        damaged.remove(name);
        return true;
    }

    synchronized List<JobRecord> all() {
        return List.copyOf(records.values());
    }

    synchronized @Nullable JobRecord get(String name) {
        return records.get(name);
    }

    /**
     * Adds a record unless the name has one. Returns the one that the name had.
     *
     * @throws IOException also if the document of the name is damaged
     */
    synchronized @Nullable JobRecord addIfAbsent(JobRecord record) throws IOException {
        JobRecord existing = records.get(record.name());
        if (existing == null) {
            DamagedDocument document = damaged.get(record.name());
            if (document != null) {
                throw new IOException(document.toString());
            }
            write(record);
        }
        return existing;
    }

    /** Changes the record of a submission. Returns the new record; nothing if the name has another by now, or none. */
    synchronized Optional<JobRecord> update(JobRecord submission, UnaryOperator<JobRecord> change) throws IOException {
        JobRecord current = current(submission);
        if (current == null) {
            return Optional.empty();
        }
        JobRecord changed = change.apply(current);
        if (!changed.equals(current)) {
            write(changed);
        }
        return Optional.of(changed);
    }

    /** Removes the record of a submission. Returns false if the name has another by now, or none. */
    synchronized boolean remove(JobRecord submission) throws IOException {
        if (current(submission) == null) {
            return false;
        }
        checkOpen();
        store.delete(submission.name());
        records.remove(submission.name());
        return true;
    }

    private @Nullable JobRecord current(JobRecord submission) {
        JobRecord current = records.get(submission.name());
        return current != null && current.jobId().equals(submission.jobId()) ? current : null;
    }

    private void write(JobRecord record) throws IOException {
        checkOpen();
        store.put(record.name(), MAPPER.writeValueAsBytes(record));
        records.put(record.name(), record);
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the jobs are closed");
        }
    }

    /**
     * Lets nothing be written any more: what a call that is still under way gives is for the next opening to find out.
     */
    synchronized void close() {
        closed = true;
    }
}
