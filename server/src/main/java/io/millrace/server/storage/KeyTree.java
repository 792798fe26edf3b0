package io.millrace.server.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A directory tree that holds objects, and how its names are keys. Thread-safe. */
interface KeyTree {
    /** Where the objects of a bucket are. */
    String OBJECTS = ".millrace-objects";

    /** Returns the directory of the keys below a prefix, which is empty or ends in a slash; null if there is none. */
    @Nullable
    Path directory(String prefix);

    boolean isDirectory(Path path, String name);

    /** Returns what an entry adds to the keys below it or to its own; null if it belongs to no key. */
    @Nullable
    String decode(Path path, String name, boolean isDirectory);

    /** Tells whether a directory is itself an object, whose key ends in a slash. */
    boolean isKey(Path directory, String key);

    /** Objects under the names of {@link StoredKey}. */
    record Encoded(Path bucket) implements KeyTree {
        @Override
        public @Nullable Path directory(String prefix) {
            Path directory = bucket.resolve(OBJECTS).resolve(StoredKey.directory(prefix));
            return Files.isDirectory(directory) ? directory : null;
        }

        @Override
        public boolean isDirectory(Path path, String name) {
            return StoredKey.isDirectory(name);
        }

        @Override
        public @Nullable String decode(Path path, String name, boolean isDirectory) {
            return StoredKey.isBeingWritten(name) ? null : StoredKey.decode(name);
        }

        @Override
        public boolean isKey(Path directory, String key) {
            return false;
        }
    }

    /** Objects of builds before the names of {@link StoredKey}, and files laid there by hand: the path is the key. */
    record Plain(Path bucket) implements KeyTree {
        /** S3Proxy's names for unfinished uploads, and ours; none is a key. */
        static final String PARTS = ".mpus-";

        static final String STUBS = ".s3proxy-mpu-stub-";
        private static final Set<String> RESERVED = Set.of(OBJECTS, ".s3proxy-versions", ".s3proxy-slash");

        /** What S3Proxy gives a directory that is an object. */
        private static final String DIRECTORY_OBJECT = "user.content-md5";

        @Override
        public @Nullable Path directory(String prefix) {
            Path directory = prefix.isEmpty() ? bucket : find(prefix);
            return directory != null && Files.isDirectory(directory) ? directory : null;
        }

        @Override
        public boolean isDirectory(Path path, String name) {
            return Files.isDirectory(path);
        }

        @Override
        public @Nullable String decode(Path path, String name, boolean isDirectory) {
            if (name.startsWith(PARTS) || name.startsWith(STUBS) || isReserved(path, name)) {
                return null;
            }
            return isDirectory ? name + "/" : name;
        }

        private boolean isReserved(Path path, String name) {
            return RESERVED.contains(name) && bucket.equals(path.getParent());
        }

        @Override
        public boolean isKey(Path directory, String key) {
            if (key.isEmpty()) {
                return false;
            }
            try {
                UserDefinedFileAttributeView view = DurableFiles.attributes(directory);
                return view != null && view.list().contains(DIRECTORY_OBJECT);
            } catch (IOException e) {
                return false; // removed meanwhile
            }
        }

        /** Tells whether there is an object under the key. */
        boolean holds(String key) {
            Path path = find(key);
            if (path == null) {
                return false;
            }
            return key.endsWith("/") ? Files.isDirectory(path) && isKey(path, key) : Files.isRegularFile(path);
        }

        /** Tells whether S3Proxy keeps a part, or the beginning, of an upload under this name. */
        boolean holdsPart(String name) {
            return name.indexOf(0) < 0 && Files.isRegularFile(bucket.resolve(name));
        }

        /** Returns the file or directory whose path is the key; null if there is none, or none of exactly this name. */
        private @Nullable Path find(String key) {
            if (!isPath(key)) {
                return null;
            }
            Path path = bucket.resolve(key);
            if (!Files.exists(path)) {
                return null;
            }
            try {
                Path real = path.toRealPath();
                return !real.equals(path) && folded(real).equals(folded(path)) ? null : path;
            } catch (IOException e) {
                if (Files.exists(path)) {
                    throw new UncheckedIOException(e);
                }
                return null;
            }
        }

        private boolean isPath(String key) {
            int slash = key.indexOf('/');
            String first = slash < 0 ? key : key.substring(0, slash);
            if (key.indexOf(0) >= 0 || RESERVED.contains(first) || first.startsWith(PARTS)) {
                return false;
            }
            String parts = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
            for (String part : parts.split("/", -1)) {
                if (part.isEmpty() || part.equals(".") || part.equals("..") || part.length() > 255) {
                    return false;
                }
            }
            return true;
        }

        private static String folded(Path path) {
            return Normalizer.normalize(path.toString(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        }
    }
}
