package io.millrace.server.storage;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of puts that were under way when the process was killed.
 *
 * <p>S3Proxy writes an object to {@code <name>-<uuid>} in the folder of the object, gives it its attributes and renames
 * it. Among the objects of {@link StoredKey} such a name says enough. Objects of earlier builds may have such names
 * too, so there a file is a leftover only if all of this holds: its name ends in a UUID, it is a plain file changed
 * since the killed process began, and it has none of the attributes that each finished object has, or is marked as
 * unfinished. Where the file system keeps no such attributes nothing is removed there.
 */
final class PutLeftovers {
    private static final Logger LOG = LoggerFactory.getLogger(PutLeftovers.class);
    private static final Pattern NAME =
            Pattern.compile(".+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", Pattern.DOTALL);

    /** File times may be coarser than the clock. */
    private static final Duration CLOCK_GRAIN = Duration.ofSeconds(2);

    private final Path base;
    private final Instant since;
    private int removed;

    /**
     * Looks at one store.
     *
     * @param base the folder of the buckets
     * @param since when the killed process began
     */
    PutLeftovers(Path base, Instant since) {
        this.base = base;
        this.since = since.minus(CLOCK_GRAIN);
    }

    /** Removes the leftovers, and the folders that hold nothing else; returns how many files that were. */
    int remove() throws IOException {
        Files.walkFileTree(base, new Sweep());
        return removed;
    }

    private boolean isLeftover(Path file, BasicFileAttributes attributes) throws IOException {
        return attributes.isRegularFile()
                && !attributes.lastModifiedTime().toInstant().isBefore(since)
                && NAME.matcher(String.valueOf(file.getFileName())).matches()
                && (isBelowObjects(file) || isUnfinished(file));
    }

    /** Names of objects are made so that none looks like a file being written, see {@link StoredKey}. */
    private boolean isBelowObjects(Path file) {
        Path inBase = base.relativize(file);
        return inBase.getNameCount() > 2 && inBase.getName(1).toString().equals(KeyTree.OBJECTS);
    }

    private static boolean isUnfinished(Path file) throws IOException {
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        if (view == null || !Files.getFileStore(file).supportsFileAttributeView(UserDefinedFileAttributeView.class)) {
            return false;
        }
        return view.list().isEmpty() || DurableFiles.isUnfinished(file);
    }

    private final class Sweep extends SimpleFileVisitor<Path> {
        private boolean swept;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (isLeftover(file, attributes)) {
                LOG.info("removing {}, a put that never ended ({} bytes)", base.relativize(file), attributes.size());
                Files.delete(file);
                removed++;
                swept = true;
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            if (swept && isInsideBucket(directory) && isEmpty(directory)) {
                Files.delete(directory); // S3Proxy removes empty folders too: they would be listed as keys
            } else {
                swept = false;
            }
            return FileVisitResult.CONTINUE;
        }

        private boolean isInsideBucket(Path directory) {
            return base.relativize(directory).getNameCount() > 1;
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }
}
