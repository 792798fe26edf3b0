package io.millrace.server.node;

import io.millrace.server.storage.ObjectStore;
import io.millrace.server.storage.StoredObject;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buckets of the object store, which may be on another machine and not answer. Thread-safe; the monitor guards the
 * client.
 */
final class Buckets implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Buckets.class);
    private static final Duration PATIENCE = Duration.ofMillis(900);
    private static final Pattern NUMBER = Pattern.compile("[0-9]{20}");
    private static final int READ_ATTEMPTS = 5;

    private final Supplier<Connections.@Nullable ObjectStoreAccess> access;
    private final Executor lookUps;
    private @Nullable ObjectStore store;

    /**
     * @param access to the store; absent while there is none
     * @param lookUps makes calls that may hang
     */
    Buckets(Supplier<Connections.@Nullable ObjectStoreAccess> access, Executor lookUps) {
        this.access = access;
        this.lookUps = lookUps;
    }

    /** Tells whether the store says that there is no such bucket; false if it does not answer within a second. */
    boolean isMissing(String bucket) {
        Connections.ObjectStoreAccess s3 = access.get();
        if (s3 == null) {
            return false;
        }
        CompletableFuture<Boolean> answer = CompletableFuture.supplyAsync(() -> look(s3, bucket), lookUps);
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("bucket {}: it is not known whether it exists: {}", bucket, e.toString());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean look(Connections.ObjectStoreAccess s3, String bucket) {
        try {
            return store(s3).isMissing(bucket);
        } catch (IOException e) {
            LOG.warn("bucket {}: the object store does not answer: {}", bucket, e.toString());
            return false;
        }
    }

    /**
     * Returns the last object below a prefix whose name is a number; nothing if there is none, or no such bucket. May
     * wait for the store as long as its client does.
     *
     * @param prefix ends with a slash
     * @throws IOException if there is no store, or it does not answer
     */
    byte @Nullable [] newest(String bucket, String prefix) throws IOException {
        Connections.ObjectStoreAccess s3 = access.get();
        if (s3 == null) {
            throw new IOException("there is no object store");
        }
        ObjectStore opened = store(s3);
        for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
            String last = null;
            for (StoredObject object : objects(opened, bucket, prefix)) {
                last = NUMBER.matcher(object.key().substring(prefix.length())).matches() ? object.key() : last;
            }
            if (last == null) {
                return null;
            }
            byte[] content = opened.get(bucket, last);
            if (content != null) { // else it was removed meanwhile, and there is a newer one
                return content;
            }
        }
        throw new IOException("s3://" + bucket + "/" + prefix + ": the newest version cannot be read");
    }

    private static List<StoredObject> objects(ObjectStore store, String bucket, String prefix) throws IOException {
        try {
            return store.list(bucket, prefix);
        } catch (IOException e) {
            if (store.isMissing(bucket)) {
                return List.of();
            }
            throw e;
        }
    }

    /** Making a client takes longer than a call. */
    private synchronized ObjectStore store(Connections.ObjectStoreAccess s3) {
        ObjectStore made = store;
        if (made == null) {
            made = new ObjectStore(URI.create(s3.url()), s3.region(), s3.accessKey(), s3.secretKey());
            store = made;
        }
        return made;
    }

    @Override
    public synchronized void close() {
        if (store != null) {
            store.close();
        }
    }
}
