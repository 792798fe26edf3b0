package io.millrace.analytics.runtime;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream.Committer;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.core.fs.local.LocalRecoverableWriter;

/**
 * Writes a file aside and renames it, as Flink's own writer does: the content is on the disk before the rename, and the
 * name when the commit returns. The metadata of checkpoints is written so. Thread-safe; its streams are for one thread.
 */
final class SyncedRecoverableWriter extends LocalRecoverableWriter {
    private final LocalFileSystem files;
    private final Syncs syncs;

    SyncedRecoverableWriter(LocalFileSystem files, Syncs syncs) {
        super(files);
        this.files = files;
        this.syncs = syncs;
    }

    @Override
    public RecoverableFsDataOutputStream open(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null) {
            files.mkdirs(parent);
        }
        return new SyncedStream(super.open(path));
    }

    @Override
    public RecoverableFsDataOutputStream recover(ResumeRecoverable resumable) throws IOException {
        return new SyncedStream(super.recover(resumable));
    }

    @Override
    public Committer recoverForCommit(CommitRecoverable recoverable) throws IOException {
        return new SyncedCommitter(super.recoverForCommit(recoverable));
    }

    /**
     * Returns the file that a commit renames, or the one that it makes; Flink's class that knows them is not public.
     */
    private static File file(CommitRecoverable recoverable, String accessorName) throws IOException {
        try {
            Method accessor = recoverable.getClass().getDeclaredMethod(accessorName);
            accessor.setAccessible(true);
            return (File) accessor.invoke(recoverable);
        } catch (ReflectiveOperationException e) {
            throw new IOException("this version of Flink does not tell which file it commits: " + recoverable, e);
        }
    }

    private final class SyncedCommitter implements Committer {
        private final Committer committer;

        SyncedCommitter(Committer committer) {
            this.committer = committer;
        }

        @Override
        public void commit() throws IOException {
            committer.commit();
            syncs.entryOf(file(getRecoverable(), "targetFile"));
        }

        @Override
        public void commitAfterRecovery() throws IOException {
            committer.commitAfterRecovery();
            syncs.entryOf(file(getRecoverable(), "targetFile"));
        }

        @Override
        public CommitRecoverable getRecoverable() {
            return committer.getRecoverable();
        }
    }

    private final class SyncedStream extends RecoverableFsDataOutputStream {
        private final RecoverableFsDataOutputStream stream;

        SyncedStream(RecoverableFsDataOutputStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int b) throws IOException {
            stream.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            stream.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }

        @Override
        public void sync() throws IOException {
            stream.sync();
        }

        @Override
        public long getPos() throws IOException {
            return stream.getPos();
        }

        @Override
        public RecoverableWriter.ResumeRecoverable persist() throws IOException {
            return stream.persist();
        }

        @Override
        public Committer closeForCommit() throws IOException {
            Committer committer = stream.closeForCommit();
            syncs.file(file(committer.getRecoverable(), "tempFile").toPath());
            return new SyncedCommitter(committer);
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
