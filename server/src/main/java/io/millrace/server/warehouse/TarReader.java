package io.millrace.server.warehouse;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a tar archive: folders, plain files, symbolic and hard links, ustar prefixes and GNU long names.
 *
 * <p>An entry is a header block of {@value #BLOCK} bytes, of which these fields are used, and its content, filled up to
 * a whole block. Numbers are octal text. A block that begins with a zero ends the archive.
 *
 * <pre>
 *  offset  size  field
 *       0   100  name
 *     100     8  permissions
 *     124    12  length of the content in bytes
 *     156     1  kind: 0 file, 1 hard link, 2 symbolic link, 5 folder, L and K a long name or link for the next entry,
 *                x and g extended headers, which are skipped
 *     157   100  target of a link
 *     257     8  "ustar" 0 "00": names have a prefix; GNU archives have "ustar  " 0 here and none
 *     345   155  prefix of the name
 * </pre>
 *
 * <p>Nothing is written outside the target folder. Confined to one thread.
 */
final class TarReader {
    static final int BLOCK = 512;
    private static final int OWNER_MAY_EXECUTE = 0100;

    private final InputStream archive;
    private final Path target;
    private final Predicate<String> wanted;
    private @Nullable String longName;
    private @Nullable String longLink;

    /**
     * Prepares to unpack one archive.
     *
     * @param wanted tells of an entry's name whether it is written
     */
    TarReader(InputStream archive, Path target, Predicate<String> wanted) {
        this.archive = archive;
        this.target = target;
        this.wanted = wanted;
    }

    void unpack() throws IOException {
        byte[] header = new byte[BLOCK];
        while (archive.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
            long length = Long.parseLong(text(header, 124, 12).trim(), 8);
            long padded = (length + BLOCK - 1) / BLOCK * BLOCK;
            switch (header[156]) {
                case 'L' -> longName = longText(length, padded);
                case 'K' -> longLink = longText(length, padded);
                case 'x', 'g' -> archive.skipNBytes(padded);
                default -> {
                    entry(header, length);
                    longName = null;
                    longLink = null;
                }
            }
        }
    }

    private String longText(long length, long padded) throws IOException {
        String text = new String(archive.readNBytes((int) length), StandardCharsets.UTF_8);
        archive.skipNBytes(padded - length);
        return text.replace("\0", "");
    }

    private void entry(byte[] header, long length) throws IOException {
        String name = longName != null ? longName : name(header);
        String link = longLink != null ? longLink : text(header, 157, 100);
        long padding = (BLOCK - length % BLOCK) % BLOCK;
        if (!wanted.test(name)) {
            archive.skipNBytes(length + padding);
            return;
        }
        Path path = inside(name);
        Files.createDirectories(path.resolveSibling("."));
        switch (header[156]) {
            case '5' -> Files.createDirectories(path);
            case '2' -> Files.createSymbolicLink(path, Path.of(link));
            case '1' -> Files.createLink(path, inside(link));
            default -> {
                write(path, length);
                boolean executable = (Integer.parseInt(text(header, 100, 8).trim(), 8) & OWNER_MAY_EXECUTE) != 0;
                Files.setPosixFilePermissions(
                        path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
        archive.skipNBytes(padding);
    }

    private Path inside(String name) throws IOException {
        Path path = target.resolve(name).normalize();
        if (!path.startsWith(target)) {
            throw new IOException(
                    String.format(Locale.ROOT, "archive entry: %s (expected: a path inside the archive)", name));
        }
        return path;
    }

    private void write(Path path, long length) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (OutputStream out = Files.newOutputStream(path)) {
            for (long left = length; left > 0; ) {
                int count = archive.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count < 0) {
                    throw new EOFException("the archive ends inside " + path.getFileName());
                }
                out.write(buffer, 0, count);
                left -= count;
            }
        }
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        boolean hasPrefix = text(header, 257, 6).equals("ustar") && header[263] == '0' && header[345] != 0;
        return hasPrefix ? text(header, 345, 155) + "/" + name : name;
    }

    private static String text(byte[] header, int offset, int size) {
        int length = 0;
        while (length < size && header[offset + length] != 0) {
            length++;
        }
        return new String(header, offset, length, StandardCharsets.UTF_8);
    }
}
