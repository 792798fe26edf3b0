package io.millrace.analytics.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The folders of this machine that jobs may use as files. Everything else is refused, also behind a symbolic link.
 *
 * <p>SQL reads any file that Flink can open and sends it anywhere. The process runs as the user of the node, who can
 * read the node's keys. Flink makes file systems by itself, so the process has one such list. Immutable.
 */
final class AllowedFiles {
    private static volatile @Nullable AllowedFiles current;

    private final List<Path> roots;

    private AllowedFiles(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    /** Returns a list of these folders and all below them. @throws IOException if one does not exist */
    static AllowedFiles below(Collection<Path> folders) throws IOException {
        List<Path> roots = new ArrayList<>();
        for (Path folder : folders) {
            roots.add(folder.toRealPath());
        }
        return new AllowedFiles(roots);
    }

    /** Makes this the list of the process. */
    void enforce() {
        current = this;
    }

    /** Returns the list of the process; before there is one, nothing is allowed. */
    static AllowedFiles ofProcess() {
        AllowedFiles allowed = current;
        return allowed == null ? new AllowedFiles(List.of()) : allowed;
    }

    /**
     * Checks a file that may not exist yet.
     *
     * @throws SecurityException if it is not below an allowed folder, all symbolic links resolved
     */
    void check(Path file) {
        Path real;
        try {
            real = resolved(file.toAbsolutePath());
        } catch (IOException e) {
            throw new SecurityException(
                    String.format(Locale.ROOT, "%s: cannot be resolved, so Flink may not use it", file), e);
        }
        if (roots.stream().noneMatch(real::startsWith)) {
            throw new SecurityException(String.format(
                    Locale.ROOT,
                    "%s: Flink may not use this file; name its folder with --flink-files when the node starts, or use S3",
                    file));
        }
    }

    /** Resolves what exists; what does not exist yet has no links, and may have no {@code ..} either. */
    private static Path resolved(Path file) throws IOException {
        if (Files.exists(file)) {
            return file.toRealPath();
        }
        Path name = file.getFileName();
        Path parent = file.getParent();
        if (name == null || parent == null) {
            return file;
        }
        // the name of a link whose target does not exist would be created through
        if (Files.isSymbolicLink(file) || name.toString().equals("..")) {
            throw new IOException("a link or '..' on the way to what does not exist");
        }
        return resolved(parent).resolve(name);
    }
}
