package io.millrace.server.query;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.server.storage.ObjectStore;
import io.millrace.server.storage.StoredObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Copies of objects on the local disk: {@code <cache>/<bucket>/<key>/<etag>/<last part of the key>}.
 *
 * <p>A copy is there whole or not at all, and never changes: another content has another etag. So any number of
 * processes may share a folder. The folders of the key are kept, since {@code year=2024} among them are columns to
 * DuckDB.
 */
final class ObjectCache {
    private static final int PARALLEL_DOWNLOADS = 8;
    private static final int MAX_NAME_BYTES = 200;

    private final ObjectStore store;
    private final Path directory;

    ObjectCache(ObjectStore store, Path directory) {
        this.store = store;
        this.directory = directory.toAbsolutePath();
    }

    /**
     * Returns a local copy of each object that matches and is not empty, in the order of keys.
     *
     * @throws IOException also if there is none
     */
    List<Path> files(S3Glob glob) throws IOException {
        List<StoredObject> objects = store.list(glob.bucket(), glob.prefix()).stream()
                .filter(object -> object.bytes() > 0 && glob.matches(object.key()))
                .toList();
        if (objects.isEmpty()) {
            throw new IOException(String.format(Locale.ROOT, "no object matches %s", glob.text()));
        }
        ExecutorService downloads = Executors.newFixedThreadPool(Math.min(PARALLEL_DOWNLOADS, objects.size()));
        try {
            List<Future<Path>> copies = new ArrayList<>();
            for (StoredObject object : objects) {
                copies.add(downloads.submit(() -> copy(glob.bucket(), object)));
            }
            List<Path> files = new ArrayList<>();
            for (Future<Path> copy : copies) {
                files.add(await(copy));
            }
            return files;
        } finally {
            downloads.shutdownNow();
        }
    }

    private static Path await(Future<Path> copy) throws IOException {
        try {
            return copy.get();
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while files were downloaded");
        }
    }

    private Path copy(String bucket, StoredObject object) throws IOException {
        Path file = fileOf(bucket, object);
        if (!Files.exists(file)) {
            Files.createDirectories(file.resolveSibling("."));
            Path unfinished = file.resolveSibling(UUID.randomUUID() + ".part");
            try {
                store.download(bucket, object.key(), unfinished);
                AtomicFile.publish(unfinished, file);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        }
        return file;
    }

    private Path fileOf(String bucket, StoredObject object) {
        Path folder = directory.resolve(bucket);
        String name = "";
        for (String part : object.key().split("/", -1)) {
            name = fileName(part);
            folder = folder.resolve(name);
        }
        String etag = object.etag();
        String version = etag == null ? "bytes-" + object.bytes() : etag.replace("\"", "");
        return folder.resolve(fileName(version)).resolve(name);
    }

    /** Makes a file name of any text: nothing in it means something to the file system or to DuckDB's patterns. */
    static String fileName(String part) {
        if (part.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            return UUID.nameUUIDFromBytes(part.getBytes(StandardCharsets.UTF_8)) + suffix(part);
        }
        if (part.isEmpty() || part.equals(".") || part.equals("..")) {
            return "%" + part;
        }
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c < ' ' || "%*?[]{}\\".indexOf(c) >= 0) {
                name.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            } else {
                name.append(c);
            }
        }
        return name.toString();
    }

    private static String suffix(String name) {
        int dot = name.lastIndexOf('.');
        return dot >= 0 && name.length() - dot <= 10 ? fileName(name.substring(dot)) : "";
    }
}
