package io.millrace.firehose.job;

import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.engine.ObjectUploads;
import io.millrace.firehose.ledger.Upload;
import io.millrace.firehose.ledger.UploadGoneException;
import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Uploads by a file system of the cluster. Thread-safe as the file system is. */
final class FlinkUploads implements ObjectUploads {
    private static final Logger LOG = LoggerFactory.getLogger(FlinkUploads.class);
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final String NO_SUCH_UPLOAD = "NoSuchUpload";
    private static final String UPLOAD_DOES_NOT_EXIST = "upload does not exist";

    private final String baseUri;
    private final FileSystem files;
    private final RecoverableWriter uploads;

    FlinkUploads(DeliverySpec.ObjectTarget target) throws IOException {
        this.baseUri = target.baseUri();
        this.files = FileSystem.get(URI.create(baseUri + "/"));
        this.uploads = files.createRecoverableWriter();
    }

    @Override
    public @Nullable Upload upload(String key, boolean loads, Content content) throws IOException {
        Path path = new Path(baseUri + "/" + key);
        RecoverableFsDataOutputStream out = uploads.open(path);
        boolean whole = false;
        try {
            BufferedOutputStream buffered = new BufferedOutputStream(out, BUFFER_BYTES);
            if (!content.writeTo(buffered)) {
                return null;
            }
            buffered.flush();
            if (out.getPos() == 0) {
                return null; // records may be empty, and an upload of nothing cannot be completed
            }
            RecoverableWriter.CommitRecoverable handle = out.closeForCommit().getRecoverable();
            whole = true;
            SimpleVersionedSerializer<RecoverableWriter.CommitRecoverable> serializer =
                    uploads.getCommitRecoverableSerializer();
            return new Upload(path.toString(), serializer.getVersion(), serializer.serialize(handle), loads);
        } finally {
            if (!whole) {
                out.close();
            }
        }
    }

    @Override
    public void complete(Upload upload) throws IOException {
        try {
            uploads.recoverForCommit(handle(upload)).commitAfterRecovery();
        } catch (IOException e) {
            if (isVisible(upload)) {
                return; // completed before, by this job or another one
            }
            if (isGone(e)) {
                throw new UploadGoneException(upload.path(), e);
            }
            throw e;
        }
    }

    private RecoverableWriter.CommitRecoverable handle(Upload upload) throws IOException {
        return uploads.getCommitRecoverableSerializer().deserialize(upload.handleVersion(), upload.handle());
    }

    private boolean isVisible(Upload upload) throws IOException {
        try {
            files.getFileStatus(new Path(upload.path()));
            return true;
        } catch (FileNotFoundException e) {
            return false;
        }
    }

    /** The error of S3 comes as text only: the classes of the SDK are those of a plugin, loaded apart. */
    private static boolean isGone(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (cause instanceof FileNotFoundException
                    || cause.getClass().getSimpleName().startsWith(NO_SUCH_UPLOAD)
                    || text.contains(NO_SUCH_UPLOAD)
                    || text.contains(UPLOAD_DOES_NOT_EXIST)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void discard(Upload upload) {
        try {
            if (handle(upload) instanceof RecoverableWriter.ResumeRecoverable resumable) {
                uploads.cleanupRecoverableState(resumable);
            }
        } catch (IOException | RuntimeException e) { // invisible all the same; a rule of the bucket removes it
            LOG.debug("{}: the upload is left", upload.path(), e);
        }
    }

    @Override
    public InputStream open(String path) throws IOException {
        return files.open(new Path(path));
    }

    @Override
    public void put(String key, byte[] content) throws IOException {
        try (OutputStream out = files.create(new Path(baseUri + "/" + key), FileSystem.WriteMode.OVERWRITE)) {
            out.write(content);
        }
    }
}
