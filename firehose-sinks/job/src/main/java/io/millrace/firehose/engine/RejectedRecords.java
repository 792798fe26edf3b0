package io.millrace.firehose.engine;

import io.millrace.firehose.format.ErrorRecords;
import io.millrace.firehose.format.RecordEncoder;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The lines of an error object, in a temporary file: all records of a batch may be bad. Confined to one thread. */
final class RejectedRecords implements RecordEncoder.Rejections, Closeable {
    private final Path file;
    private final long nowEpochMillis;
    private final DeliveryListener listener;
    private @Nullable OutputStream lines;
    private RecordEncoder.@Nullable Rejected first;
    private long count;

    RejectedRecords(Path directory, long nowEpochMillis, DeliveryListener listener) {
        this.file = directory.resolve("delivery-" + UUID.randomUUID() + ".errors");
        this.nowEpochMillis = nowEpochMillis;
        this.listener = listener;
    }

    @Override
    public void reject(RecordEncoder.Rejected rejected) throws IOException {
        OutputStream out = lines;
        if (out == null) {
            Files.createDirectories(file.getParent());
            out = new BufferedOutputStream(Files.newOutputStream(file));
            lines = out;
            first = rejected;
        }
        out.write(ErrorRecords.line(rejected, nowEpochMillis));
        count++;
        listener.rejected(rejected);
    }

    long count() {
        return count;
    }

    /** Returns the first of them, or null. */
    RecordEncoder.@Nullable Rejected first() {
        return first;
    }

    boolean writeTo(OutputStream out) throws IOException {
        if (lines != null) {
            lines.flush();
            Files.copy(file, out);
        }
        return count > 0;
    }

    @Override
    public void close() throws IOException {
        if (lines != null) {
            lines.close();
            Files.deleteIfExists(file);
        }
    }
}
