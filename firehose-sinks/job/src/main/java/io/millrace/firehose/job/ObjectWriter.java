package io.millrace.firehose.job;

import io.millrace.firehose.delivery.Batch;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.ObjectKeys;
import io.millrace.firehose.format.ErrorRecords;
import io.millrace.firehose.format.ParquetEncoder;
import io.millrace.firehose.format.PlainEncoder;
import io.millrace.firehose.format.RecordEncoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Encodes each batch once and uploads it without making it visible. Records that cannot be encoded become a second object
 * under the error prefix. Confined to the task's thread.
 */
final class ObjectWriter implements CommittingSinkWriter<Batch, ObjectCommittable> {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final String CONVERSION_FAILED = "format-conversion-failed";

    private final DeliverySpec.ObjectTarget target;
    private final boolean loads;
    private final LongSupplier clock;
    private final ObjectKeys keys;
    private final RecordEncoder encoder;
    private final RecoverableWriter uploads;
    private final List<ObjectCommittable> sealed = new ArrayList<>();

    ObjectWriter(DeliverySpec spec, LongSupplier clock) throws IOException {
        this.target = spec.objects();
        this.loads = spec.warehouse() != null;
        this.clock = clock;
        this.keys = new ObjectKeys(spec.deliveryStream(), spec.version(), target.timeZone());
        this.encoder = target.isParquet()
                ? new ParquetEncoder(target.columns(), target.compression())
                : new PlainEncoder(target.compression(), target.delimiter());
        this.uploads = FileSystem.get(URI.create(target.baseUri() + "/")).createRecoverableWriter();
    }

    /** Writes the bytes of an object and tells whether there is anything in it. */
    @FunctionalInterface
    private interface Content {
        boolean writeTo(OutputStream out) throws IOException;
    }

    @Override
    public void write(Batch batch, Context context) throws IOException {
        List<RecordEncoder.Rejected> rejected = new ArrayList<>();
        String extension = target.fileExtension() == null ? encoder.extension() : target.fileExtension();
        String key = keys.dataKey(target.prefix(), batch.oldestEpochMillis(), batch.identity(), extension);
        upload(key, loads, out -> {
            rejected.addAll(encoder.encode(batch.records(), out));
            return rejected.size() < batch.records().size();
        });
        if (!rejected.isEmpty()) {
            String errorPrefix = target.errorPrefix() == null ? "" : target.errorPrefix();
            String errorKey = keys.errorKey(
                    errorPrefix, target.prefix(), CONVERSION_FAILED, batch.oldestEpochMillis(), batch.identity());
            upload(errorKey, false, out -> {
                out.write(ErrorRecords.encode(rejected, clock.getAsLong()));
                return true;
            });
        }
    }

    private void upload(String key, boolean loadsWhenVisible, Content content) throws IOException {
        Path path = new Path(target.baseUri() + "/" + key);
        RecoverableFsDataOutputStream out = uploads.open(path);
        boolean whole = false;
        try {
            BufferedOutputStream buffered = new BufferedOutputStream(out, BUFFER_BYTES);
            if (!content.writeTo(buffered)) {
                return;
            }
            buffered.flush();
            if (out.getPos() == 0) {
                return; // records may be empty, and an upload of nothing cannot be completed
            }
            RecoverableWriter.CommitRecoverable handle = out.closeForCommit().getRecoverable();
            whole = true;
            SimpleVersionedSerializer<RecoverableWriter.CommitRecoverable> serializer =
                    uploads.getCommitRecoverableSerializer();
            sealed.add(new ObjectCommittable(
                    path.toString(),
                    serializer.getVersion(),
                    serializer.serialize(handle),
                    loadsWhenVisible,
                    clock.getAsLong()));
        } finally {
            if (!whole) {
                out.close();
            }
        }
    }

    @Override
    public Collection<ObjectCommittable> prepareCommit() {
        List<ObjectCommittable> committables = List.copyOf(sealed);
        sealed.clear();
        return committables;
    }

    @Override
    public void flush(boolean endOfInput) {
        // a batch was uploaded whole when it was written
    }

    @Override
    public void close() {}
}
