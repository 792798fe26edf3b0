package io.millrace.firehose.engine;

import io.millrace.firehose.buffer.EncodingMemory;
import io.millrace.firehose.buffer.SpillBuffer;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.ObjectKeys;
import io.millrace.firehose.delivery.Positions;
import io.millrace.firehose.delivery.ShardRange;
import io.millrace.firehose.format.ParquetEncoder;
import io.millrace.firehose.format.PlainEncoder;
import io.millrace.firehose.format.RecordEncoder;
import io.millrace.firehose.ledger.Amount;
import io.millrace.firehose.ledger.Commit;
import io.millrace.firehose.ledger.Ledger;
import io.millrace.firehose.ledger.StalePositionException;
import io.millrace.firehose.ledger.Upload;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Buffers the records of one delivery, and makes each batch visible exactly once.
 *
 * <pre>
 *                   accept                 seal
 *  source (the log) ------> SpillBuffer ----------> upload -----------> ledger --------> object --------> warehouse
 *  every record that        a temporary   encode,   invisible           commit: the      complete:        copy: rows
 *  is not committed         file          upload    until completed     decision         visible          and their
 *                                                                                                         range in one
 *  |&lt;------- may be lost at any moment: is read again from the ledger's position ----->|                 transaction
 *                                                                       |&lt;-- done by whichever job finds it ---->|
 * </pre>
 *
 * <p>Nothing that is buffered is kept over a failure. Reading begins behind the ledger's positions again, whatever a
 * checkpoint says. A record that the ledger has is passed over. Confined to one thread.
 */
public final class DeliveryEngine implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryEngine.class);
    private static final String CONVERSION_FAILED = "format-conversion-failed";

    /** More objects than that wait for the warehouse only when it is down; the records wait in the log then. */
    private static final int MAX_COPIES = 1000;

    private final DeliverySpec.ObjectTarget target;
    private final boolean loads;
    private final Parts parts;
    private final ObjectKeys keys;
    private final RecordEncoder encoder;
    private final SpillBuffer buffer;
    private final Map<String, String> positions = new TreeMap<>();

    /**
     * What an engine works with.
     *
     * @param scratch a directory for temporary files
     * @param clock epoch milliseconds
     */
    public record Parts(
            Ledger ledger,
            ObjectUploads uploads,
            Path scratch,
            EncodingMemory memory,
            LongSupplier clock,
            DeliveryListener listener) {}

    public DeliveryEngine(DeliverySpec spec, Parts parts) {
        this.target = spec.objects();
        this.loads = spec.warehouse() != null;
        this.parts = parts;
        this.keys = new ObjectKeys(spec.deliveryStream(), spec.version(), target.timeZone());
        this.encoder = target.isParquet()
                ? new ParquetEncoder(target.columns(), target.compression())
                : new PlainEncoder(target.compression(), target.delimiter());
        this.buffer = new SpillBuffer(parts.scratch());
    }

    /** Reads the ledger and completes what it has decided. Called once, first. */
    public void start() throws IOException {
        parts.ledger().refresh();
        if (!parts.ledger().settle(parts.uploads())) {
            throw new StalePositionException("a commit was withdrawn");
        }
        positions.putAll(parts.ledger().positions());
    }

    /** Returns whether records wait. */
    public boolean isEmpty() {
        return buffer.isEmpty();
    }

    public long bufferedBytes() {
        return buffer.dataBytes();
    }

    /**
     * Takes a record.
     *
     * @return whether the batch is to be sealed now: it has the bytes asked for, or the disk takes no more
     * @throws StalePositionException if records before it may be missing
     */
    public boolean accept(DeliveryRecord record) throws IOException {
        String position = positions.getOrDefault(record.shardId(), Positions.NONE);
        if (record.isStart()) {
            if (Positions.compare(record.sequenceNumber(), position) > 0) {
                throw new StalePositionException(record.shardId() + ": read after " + record.sequenceNumber()
                        + " (expected: not beyond '" + position + "')");
            }
            return false;
        }
        if (Positions.compare(record.sequenceNumber(), position) <= 0) {
            parts.listener().repeated();
            return false;
        }
        if (Positions.compare(record.sequenceNumber(), buffer.last(record.shardId())) < 0) {
            throw new StalePositionException(record.shardId() + ": " + record.sequenceNumber() + " after "
                    + buffer.last(record.shardId()) + " (expected: growing positions)");
        }
        buffer.add(record);
        return buffer.dataBytes() >= target.maxBytes() || buffer.isStarved();
    }

    /**
     * Makes the records that wait visible.
     *
     * @throws StalePositionException if another job has delivered; the records must be read again from the ledger on
     */
    public void seal() throws IOException {
        if (buffer.isEmpty()) {
            return;
        }
        try {
            deliver();
        } catch (StalePositionException | InterruptedIOException e) {
            throw e; // the destination has not failed
        } catch (IOException e) {
            parts.ledger().batchFailed();
            throw e;
        }
    }

    private void deliver() throws IOException {
        List<ShardRange> ranges = buffer.ranges(positions);
        List<Upload> uploads = new ArrayList<>();
        try {
            if (loads) {
                parts.ledger().awaitFewerCopies(MAX_COPIES);
            }
            upload(ranges, uploads);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("a batch is not delivered").initCause(e);
        }
        try {
            Amount amount = new Amount(buffer.count(), buffer.dataBytes());
            parts.ledger().commit(new Commit(ranges, uploads, parts.clock().getAsLong(), amount), parts.uploads());
        } catch (StalePositionException e) {
            uploads.forEach(parts.uploads()::discard);
            throw e;
        }
        ranges.forEach(range -> positions.put(range.shardId(), range.last()));
        parts.listener().delivered(buffer.count(), buffer.dataBytes(), buffer.oldestEpochMillis());
        buffer.clear();
    }

    private void upload(List<ShardRange> ranges, List<Upload> uploads) throws IOException, InterruptedException {
        String identity = ranges.toString(); // the same records have the same name
        long oldest = buffer.oldestEpochMillis();
        String extension = target.fileExtension() == null ? encoder.extension() : target.fileExtension();
        String key = keys.dataKey(target.prefix(), oldest, identity, extension);
        try (RejectedRecords rejected =
                new RejectedRecords(parts.scratch(), parts.clock().getAsLong(), parts.listener())) {
            EncodingMemory.Share share = parts.memory().take(encoder.heapBytes());
            try {
                addIfThere(
                        parts.uploads().upload(key, loads, out -> encoder.encode(buffer.records(), out, rejected) > 0),
                        uploads);
            } finally {
                share.giveBack();
            }
            if (rejected.count() > 0) {
                LOG.warn("{} records could not be converted; the first: {}", rejected.count(), describe(rejected));
                String errorPrefix = target.errorPrefix() == null ? "" : target.errorPrefix();
                String errorKey = keys.errorKey(errorPrefix, target.prefix(), CONVERSION_FAILED, oldest, identity);
                addIfThere(parts.uploads().upload(errorKey, false, rejected::writeTo), uploads);
            }
        }
    }

    private static void addIfThere(@Nullable Upload upload, List<Upload> uploads) {
        if (upload != null) {
            uploads.add(upload);
        }
    }

    private static String describe(RejectedRecords rejected) {
        RecordEncoder.Rejected first = rejected.first();
        return first == null
                ? ""
                : first.record().shardId() + " " + first.record().sequenceNumber() + ", " + first.code();
    }

    @Override
    public void close() throws IOException {
        buffer.close();
    }
}
