package io.millrace.analytics.runtime;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalDataOutputStream;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.core.fs.local.LocalRecoverableWriter;

/**
 * Local files as Flink's own class has them, with two differences.
 *
 * <ul>
 *   <li>It opens what {@link AllowedFiles} allows. Every operation of Flink's class, and its recoverable writer, turns
 *       a path into a file by {@link #pathToFile}.
 *   <li>What is closed, committed, renamed or made survives a power loss. Flink's class syncs nothing, so a checkpoint
 *       that Flink had completed could be empty or gone.
 * </ul>
 *
 * <p>Files are not synced while they are written, and what is deleted may come back. Thread-safe.
 */
final class GuardedFileSystem extends LocalFileSystem {
    private final Syncs syncs;

    GuardedFileSystem(Syncs syncs) {
        this.syncs = syncs;
    }

    @Override
    public File pathToFile(Path path) {
        File file = super.pathToFile(path);
        AllowedFiles.ofProcess().check(file.toPath());
        return file;
    }

    @Override
    public boolean mkdirs(Path directory) throws IOException {
        List<File> missing = Syncs.missing(pathToFile(directory));
        boolean made = super.mkdirs(directory);
        for (File file : missing) {
            syncs.entryOf(file);
        }
        return made;
    }

    @Override
    public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
        File file = pathToFile(path);
        if (mode == WriteMode.NO_OVERWRITE && file.exists()) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path parent = path.getParent();
        if (parent != null && !mkdirs(parent)) {
            throw new IOException(parent + ": the directory cannot be made");
        }
        return new SyncedOutputStream(file);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        File source = pathToFile(from);
        if (source.isFile()) {
            syncs.file(source.toPath());
        }
        boolean renamed = super.rename(from, to);
        if (renamed) {
            syncs.entryOf(pathToFile(to));
        }
        return renamed;
    }

    @Override
    public LocalRecoverableWriter createRecoverableWriter() {
        return new SyncedRecoverableWriter(this, syncs);
    }

    /** Syncs when it is closed: the state of a task is part of a checkpoint from then on. */
    private final class SyncedOutputStream extends LocalDataOutputStream {
        private final File file;
        private boolean closed;

        SyncedOutputStream(File file) throws IOException {
            super(file);
            this.file = file;
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try {
                if (file.exists()) { // an abandoned file may be gone
                    syncs.file(file.toPath());
                    syncs.entryOf(file);
                }
            } finally {
                super.close();
            }
        }
    }
}
