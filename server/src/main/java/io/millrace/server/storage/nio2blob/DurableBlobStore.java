package io.millrace.server.storage.nio2blob;

import java.nio.file.Path;
import org.gaul.s3proxy.nio2blob.AbstractNio2BlobStore;

/** S3Proxy's store of objects as files, on a file system of the caller's choice. Thread-safe. */
public final class DurableBlobStore extends AbstractNio2BlobStore {
    /** @param root the folder of the buckets, on the file system through which every access goes */
    public DurableBlobStore(Path root) {
        super(root);
    }
}
