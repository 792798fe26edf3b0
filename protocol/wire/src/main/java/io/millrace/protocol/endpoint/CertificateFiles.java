package io.millrace.protocol.endpoint;

import io.millrace.durable.disk.AtomicFile;
import io.millrace.durable.disk.Directories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The two files of a certificate and who made them.
 *
 * <pre>
 *  certificate.pem
 *  key.pem
 *  self-signed      SHA-256 of the certificate and the key that the node made, in hexadecimal, one a line
 * </pre>
 *
 * <p>The node writes {@code self-signed} first. So files of an interrupted start, and files that were damaged later,
 * are recognised: they are the node's when one of the two still has the content that the node wrote, or holds nothing
 * at all. Directories of earlier versions have no {@code self-signed}.
 */
record CertificateFiles(Path directory) {
    private static final String DAMAGED_SUFFIX = ".damaged";

    Path certificate() {
        return directory.resolve("certificate.pem");
    }

    Path key() {
        return directory.resolve("key.pem");
    }

    private Path made() {
        return directory.resolve("self-signed");
    }

    boolean isEmpty() {
        return !Files.exists(certificate()) && !Files.exists(key());
    }

    private boolean isInterrupted() {
        return Files.exists(AtomicFile.temporaryOf(certificate())) || Files.exists(AtomicFile.temporaryOf(key()));
    }

    void write(SelfSigned made) throws IOException {
        Directories.create(directory);
        String digests = digest(made.certificate()) + "\n" + digest(made.key()) + "\n";
        AtomicFile.write(made(), digests.getBytes(StandardCharsets.US_ASCII));
        AtomicFile.writePrivate(key(), made.key());
        AtomicFile.write(certificate(), made.certificate());
    }

    /** Returns whether the node made the files, so that an operator loses nothing when they are replaced. */
    boolean areOurs() throws IOException {
        if (isInterrupted()) {
            return true;
        }
        if (!Files.exists(made())) {
            return isBlank(certificate())
                    || isBlank(key())
                    || (Files.exists(certificate()) && Files.exists(key()) && namesUs());
        }
        List<String> digests = new String(Files.readAllBytes(made()), StandardCharsets.ISO_8859_1)
                .lines()
                .toList();
        return has(certificate(), digests)
                || has(key(), digests)
                || (holdsNothing(certificate()) && holdsNothing(key()));
    }

    private static boolean holdsNothing(Path file) throws IOException {
        return !Files.exists(file) || isBlank(file);
    }

    /** A certificate of an earlier version is whole, so its key must be damaged. */
    private boolean namesUs() throws IOException {
        return SelfSigned.isIssuerOf(Files.readAllBytes(certificate()));
    }

    /** Zeroes are what a power cut leaves of a file whose length was durable before its content. */
    private static boolean isBlank(Path file) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        for (byte each : Files.readAllBytes(file)) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean has(Path file, List<String> digests) throws IOException {
        return Files.exists(file) && digests.contains(digest(Files.readAllBytes(file)));
    }

    private static String digest(byte[] content) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("this JVM has no SHA-256", e);
        }
    }

    /** Gives the files other names, so that new ones can be written. */
    void setAside() throws IOException {
        for (Path file : List.of(certificate(), key())) {
            Files.deleteIfExists(AtomicFile.temporaryOf(file));
            if (Files.exists(file)) {
                Files.move(
                        file,
                        file.resolveSibling(file.getFileName() + DAMAGED_SUFFIX),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
