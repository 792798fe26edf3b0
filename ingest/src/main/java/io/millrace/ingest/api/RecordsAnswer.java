package io.millrace.ingest.api;

import io.millrace.ingest.codec.RecordsOutput;
import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.endpoint.BodyPieces;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.ChildShard;

/**
 * The answer of GetRecords, written while it is sent: records in base64 are a third longer than they are, and large
 * arrays are dear to make and to collect.
 */
final class RecordsAnswer implements BodyPieces {
    private static final int SLACK_BYTES = 64 * 1024;

    private final RecordsOutput output;
    private final Ending ending;
    private final ReadBudget.Share share;
    private final long lengthBytes;
    private List<StoredRecord> records;
    private int written;
    private boolean ended;

    /**
     * What stands behind the records.
     *
     * @param nextIterator absent at the end of a closed shard
     * @param children absent before the end of a closed shard
     */
    record Ending(
            @Nullable String nextIterator,
            long millisBehindLatest,
            @Nullable List<ChildShard> children) {
        private void writeTo(RecordsOutput output) {
            output.endGetRecords(nextIterator, millisBehindLatest, children);
        }
    }

    /** @param share is what the records take, which ends with this answer */
    RecordsAnswer(BodyFormat format, ShardInfo shard, RecordStore.Batch batch, Ending ending, ReadBudget.Share share) {
        RecordsOutput withoutRecords = new RecordsOutput(format, shard);
        ending.writeTo(withoutRecords);
        this.output = new RecordsOutput(format, shard);
        this.ending = ending;
        this.share = share;
        this.lengthBytes = withoutRecords.untaken() + output.lengthOf(batch.records());
        this.records = batch.records();
        output.reserve((int) Math.min(lengthBytes, PIECE_BYTES + SLACK_BYTES));
    }

    /** Returns what a large record takes beside itself: it is written as a whole, and base64 is a third longer. */
    static long mostAtOnceBytes(List<StoredRecord> records, BodyFormat format) {
        long longest = 0;
        for (StoredRecord record : records) {
            longest = Math.max(longest, record.dataLength());
        }
        long written = format == BodyFormat.CBOR ? longest : longest / 3 * 4;
        return longest <= PIECE_BYTES ? 0 : written;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public ByteBuf next(ByteBufAllocator allocator) {
        while (output.untaken() < PIECE_BYTES && !ended) {
            if (written < records.size()) {
                output.record(records.get(written++));
            } else {
                ending.writeTo(output);
                ended = true;
                close(); // what was read is written, and others may read
            }
        }
        return output.take(allocator, PIECE_BYTES);
    }

    @Override
    public void close() {
        records = List.of();
        share.close();
    }
}
