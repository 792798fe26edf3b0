package io.millrace.server.flink;

import io.millrace.durable.disk.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that a cluster has loaded, in the form in which a JVM maps them at its next start instead of reading
 * jars.
 *
 * <p>The first cluster of an installation writes the archive when it ends in order; later ones use it. It lies beside
 * the folder of the jars, under a name made of the JVM and of each jar's name, length and time, so that another build
 * has another one. A JVM that cannot use an archive after all goes on without it. Where the folder cannot be written to
 * there is no archive.
 */
final class ClassArchive {
    private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);
    private static final String PREFIX = "flink-classes-";

    private final Path archive;
    private final Path unfinished;
    private final boolean present;
    private final boolean toBeWritten;

    private ClassArchive(Path archive, Path unfinished, boolean mayWrite) {
        this.archive = archive;
        this.unfinished = unfinished;
        this.present = Files.exists(archive);
        this.toBeWritten = mayWrite && !present && Files.isWritable(archive.resolveSibling("."));
    }

    /**
     * Finds the archive of a class path.
     *
     * @param mayWrite whether it is written when it is not there
     */
    static ClassArchive of(Path libDirectory, List<Path> jars, boolean mayWrite) throws IOException {
        StringBuilder identity =
                new StringBuilder(System.getProperty("java.home")).append(System.getProperty("java.vm.version"));
        for (Path jar : jars) {
            identity.append('\n')
                    .append(jar)
                    .append(Files.size(jar))
                    .append(Files.getLastModifiedTime(jar).toMillis());
        }
        UUID key = UUID.nameUUIDFromBytes(identity.toString().getBytes(StandardCharsets.UTF_8));
        Path archive = libDirectory.toAbsolutePath().normalize().resolveSibling(PREFIX + key + ".jsa");
        return new ClassArchive(archive, archive.resolveSibling(PREFIX + UUID.randomUUID() + ".tmp"), mayWrite);
    }

    /** Returns what the JVM is told: to use the archive, or to write it when it ends. */
    List<String> options() {
        if (present) {
            return List.of("-Xlog:cds=error", "-XX:SharedArchiveFile=" + archive);
        }
        return toBeWritten ? List.of("-Xlog:cds=error", "-XX:ArchiveClassesAtExit=" + unfinished) : List.of();
    }

    boolean isToBeWritten() {
        return toBeWritten;
    }

    /** Gives what an orderly ended JVM has written its name, and removes the archives of earlier builds. */
    void keep() {
        try {
            if (Files.exists(unfinished)) {
                AtomicFile.publish(unfinished, archive);
                removeOthers();
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be kept; the next start is a slow one", archive, e);
        }
    }

    private void removeOthers() throws IOException {
        try (DirectoryStream<Path> others = Files.newDirectoryStream(archive.resolveSibling("."), PREFIX + "*")) {
            for (Path other : others) {
                if (!other.normalize().equals(archive)) {
                    Files.delete(other); // a JVM that has it mapped keeps it
                }
            }
        }
    }

    /** Removes what a JVM has written that did not end in order. */
    void discard() {
        try {
            Files.deleteIfExists(unfinished);
        } catch (IOException e) {
            LOG.warn("{} cannot be removed", unfinished, e);
        }
    }
}
