package io.millrace.analytics.runtime;

import java.io.File;
import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/** The scheme {@code file}, in place of Flink's own: it opens what {@link AllowedFiles} allows. Made by Flink. */
public final class GuardedFileSystemFactory implements FileSystemFactory {

    @Override
    public String getScheme() {
        return "file";
    }

    @Override
    public int getPriority() {
        return Integer.MAX_VALUE;
    }

    @Override
    public FileSystem create(URI uri) {
        return new GuardedFileSystem();
    }

    /** Every operation of Flink's class, and its recoverable writer, turns a path into a file by this one method. */
    private static final class GuardedFileSystem extends LocalFileSystem {

        @Override
        public File pathToFile(Path path) {
            File file = super.pathToFile(path);
            AllowedFiles.ofProcess().check(file.toPath());
            return file;
        }
    }
}
