package io.millrace.analytics.control;

import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job ids of one node: 16 hex digits that all its jobs share and no other node has, then 16 random ones.
 *
 * <p>A job on the cluster is provably a job of this node by its id alone, whatever its name is and whether or not
 * anybody remembers it. An external cluster may be shared with others, whose jobs have other ids. Thread-safe.
 */
final class JobIds {
    private static final Logger LOG = LoggerFactory.getLogger(JobIds.class);
    private static final String DOCUMENT = "job-ids";
    private static final String TAG = "[0-9a-f]{16}";

    private final String tag;
    private final LongSupplier random;

    private JobIds(String tag, LongSupplier random) {
        this.tag = tag;
        this.random = random;
    }

    /**
     * Reads the digits that this node's jobs share, or draws them when there are none yet.
     *
     * @param random must not repeat: two submissions with the same id would count as one job
     */
    static JobIds open(DocumentStore store, LongSupplier random) throws IOException {
        String tag = read(store);
        if (!tag.matches(TAG)) {
            tag = hex(random.getAsLong());
            store.put(DOCUMENT, tag.getBytes(StandardCharsets.UTF_8));
        }
        return new JobIds(tag, random);
    }

    private static String read(DocumentStore store) throws IOException {
        try {
            String found = new String(store.read(DOCUMENT), StandardCharsets.UTF_8).strip();
            if (!found.matches(TAG)) {
                LOG.warn("the document {} is damaged; jobs that only it tells apart are not found any more", DOCUMENT);
            }
            return found;
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    String next() {
        return tag + hex(random.getAsLong());
    }

    boolean isOurs(String jobId) {
        return jobId.startsWith(tag);
    }

    private static String hex(long number) {
        String digits = Long.toHexString(number);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
