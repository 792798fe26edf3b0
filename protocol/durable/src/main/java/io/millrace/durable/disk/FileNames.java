package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Names of files that hold numbers.
 *
 * <p>Earlier versions wrote the digits of the host's locale: {@code ٠٠٠٠٠١.wal} under {@code ar_EG}. Names have ASCII
 * digits now, whatever the locale.
 */
public final class FileNames {
    private FileNames() {}

    /**
     * Renames every file and directory below a directory whose name holds digits of another script, so that it has the
     * same number in ASCII digits. A directory that is missing or has no such name is left as it is. The new names are
     * durable when the call returns.
     *
     * @throws FileAlreadyExistsException if the ASCII name is taken; both files are left as they are
     */
    public static void toAsciiDigits(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> children;
        try (Stream<Path> listed = Files.list(directory)) {
            children = listed.toList();
        }
        boolean renamed = false;
        for (Path child : children) {
            String name = String.valueOf(child.getFileName());
            Path target = directory.resolve(toAsciiDigits(name));
            if (!target.equals(child)) {
                rename(child, target);
                renamed = true;
            }
            if (Files.isDirectory(target)) {
                toAsciiDigits(target);
            }
        }
        if (renamed) {
            Directories.sync(directory);
        }
    }

    private static void rename(Path file, Path target) throws IOException {
        if (Files.exists(target)) { // a plain move would replace it
            throw new FileAlreadyExistsException(
                    file.toString(), target.toString(), "both names are the same number; remove the wrong file");
        }
        Files.move(file, target);
    }

    private static String toAsciiDigits(String name) {
        StringBuilder ascii = new StringBuilder(name.length());
        name.codePoints().forEach(c -> ascii.appendCodePoint(Character.isDigit(c) ? '0' + Character.digit(c, 10) : c));
        return ascii.toString();
    }
}
