package io.millrace.server.warehouse;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.durable.disk.Directories;
import io.millrace.server.files.FileTree;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * The PostgreSQL programs of this machine's processor, unpacked from the class path into a folder that all data
 * directories share: {@code <installDirectory>/postgres-linux-<processor>-<build>}.
 *
 * <p>The folder appears whole or not at all, whoever else unpacks at the same time. 58 MB.
 */
final class PostgresBinaries {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final String UNFINISHED = "unpacking-";
    private static final Duration ABANDONED = Duration.ofHours(1);

    private PostgresBinaries() {}

    /** Returns the folder with {@code bin/postgres} in it, unpacking it when it is not there. */
    static Path install(Path installDirectory) throws IOException {
        String resource = resource(
                System.getProperty("os.name", ""),
                System.getProperty("os.arch", "").toLowerCase(Locale.ROOT));
        Directories.create(installDirectory);
        Path root = installDirectory.toRealPath();
        Path installed = root.resolve(resource.replace(".txz", "") + "-" + fingerprint(resource));
        if (!Files.exists(installed)) {
            unpack(resource, root, installed);
        }
        return installed;
    }

    static String resource(String system, String processor) throws IOException {
        String known = switch (processor) {
            case "amd64", "x86_64" -> "postgres-linux-x86_64.txz";
            case "aarch64" -> "postgres-linux-arm_64.txz";
            default -> "";
        };
        if (!system.equals("Linux") || known.isEmpty()) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "embedded PostgreSQL: %s on %s (expected: Linux on amd64 or aarch64)",
                    system,
                    processor));
        }
        return known;
    }

    /** Tells one build of the programs from another: the archive's length, which needs no unpacking. */
    private static String fingerprint(String resource) throws IOException {
        URL url = PostgresBinaries.class.getResource("/" + resource);
        if (url == null) {
            throw new IOException(String.format(Locale.ROOT, "%s is missing from the class path", resource));
        }
        return Long.toString(url.openConnection().getContentLengthLong(), 36);
    }

    private static void unpack(String resource, Path root, Path installed) throws IOException {
        LOG.info("unpacking PostgreSQL into {}", installed);
        removeAbandoned(root);
        Path unfinished = Files.createTempDirectory(root, UNFINISHED);
        try (InputStream compressed = PostgresBinaries.class.getResourceAsStream("/" + resource)) {
            if (compressed == null) {
                throw new IOException(String.format(Locale.ROOT, "%s is missing from the class path", resource));
            }
            InputStream archive = new BufferedInputStream(
                    new XZInputStream(new BufferedInputStream(compressed, BUFFER_BYTES)), BUFFER_BYTES);
            new TarReader(archive, unfinished, PostgresBinaries::isNeededToRun).unpack();
            openToAll(unfinished);
            moveInto(unfinished, installed);
        } finally {
            FileTree.delete(unfinished);
        }
    }

    private static void removeAbandoned(Path root) throws IOException {
        Instant limit = Clock.systemUTC().instant().minus(ABANDONED);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, UNFINISHED + "*")) {
            for (Path entry : entries) {
                if (Files.getLastModifiedTime(entry).toInstant().isBefore(limit)) {
                    FileTree.delete(entry);
                }
            }
        }
    }

    /** The server may run as another user than the one who unpacks, whose umask may be strict. */
    private static void openToAll(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path folder : paths.filter(Files::isDirectory).toList()) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private static void moveInto(Path unfinished, Path installed) throws IOException {
        try {
            AtomicFile.publish(unfinished, installed);
        } catch (FileSystemException e) {
            if (!Files.exists(installed)) { // else somebody was faster, with the same files
                throw e;
            }
        }
    }

    private static boolean isNeededToRun(String entry) {
        return !entry.endsWith(".a") && !entry.contains("/pgxs/") && !entry.contains("include/");
    }
}
