package io.millrace.analytics.runtime;

import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/** The scheme {@code file}, in place of Flink's own: see {@link GuardedFileSystem}. Made by Flink. */
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
        return new GuardedFileSystem(Syncs.OF_DISK);
    }
}
