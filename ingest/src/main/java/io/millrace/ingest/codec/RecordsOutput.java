package io.millrace.ingest.codec;

import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.SequenceNumber;
import io.millrace.ingest.streams.SequenceNumberRun;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.ChildShard;

/**
 * The output of GetRecords and the events of SubscribeToShard, written record by record, and then ended once. What was
 * written can be taken meanwhile. Confined to one call.
 */
public final class RecordsOutput {
    private static final String KMS = "KMS";

    private final BodyOutput out;
    private final ShardInfo shard;
    private final SequenceNumberRun numbers = new SequenceNumberRun();

    public RecordsOutput(BodyFormat format, ShardInfo shard) {
        this.out = BodyOutput.of(format, 0);
        this.shard = shard;
        out.beginObject();
        out.name(OutputName.RECORDS);
        out.beginArray();
    }

    /** Makes room for so many bytes at once. */
    public void reserve(int bytes) {
        out.ensure(bytes);
    }

    /**
     * Writes a record. Its key is well-formed UTF-8; one without a key has no such member. That it is not encrypted is
     * not said, as AWS does not.
     */
    public void record(StoredRecord record) {
        out.beginObject();
        out.name(OutputName.SEQUENCE_NUMBER);
        out.sequenceNumber(shard.numberOf(record.offset(), record.arrivalEpochMillis()), numbers);
        out.name(OutputName.APPROXIMATE_ARRIVAL_TIMESTAMP);
        out.timestamp(record.arrivalEpochMillis());
        out.name(OutputName.DATA);
        out.blob(record.buffer(), record.dataAt(), record.dataLength());
        if (record.keyLength() > 0) {
            out.name(OutputName.PARTITION_KEY);
            out.utf8(record.buffer(), record.keyAt(), record.keyLength());
        }
        PutRecordsOutput.encryptionType(out, record.encrypted() ? KMS : null);
        out.endObject();
    }

    /** Returns how many bytes records take, with what stands between them. */
    public long lengthOf(List<StoredRecord> records) {
        long length = (long) out.separatorLength() * Math.max(0, records.size() - 1);
        for (StoredRecord record : records) {
            length += lengthOf(record);
        }
        return length;
    }

    private int lengthOf(StoredRecord record) {
        int names = out.nameLength(OutputName.SEQUENCE_NUMBER)
                + out.nameLength(OutputName.APPROXIMATE_ARRIVAL_TIMESTAMP)
                + out.nameLength(OutputName.DATA);
        int values = out.plainLength(SequenceNumber.DECIMAL_DIGITS)
                + out.timestampLength(record.arrivalEpochMillis())
                + out.blobLength(record.dataLength());
        int members = 3;
        int optional = 0;
        if (record.keyLength() > 0) {
            members++;
            optional += out.nameLength(OutputName.PARTITION_KEY)
                    + out.utf8Length(record.buffer(), record.keyAt(), record.keyLength());
        }
        if (record.encrypted()) {
            members++;
            optional += out.nameLength(OutputName.ENCRYPTION_TYPE) + out.plainLength(KMS.length());
        }
        return names + values + optional + out.objectLength(members);
    }

    /**
     * Ends the output of GetRecords.
     *
     * @param nextIterator absent at the end of a closed shard
     * @param children absent before the end of a closed shard
     */
    public void endGetRecords(
            @Nullable String nextIterator, long millisBehindLatest, @Nullable List<ChildShard> children) {
        out.endArray();
        if (nextIterator != null) {
            out.name(OutputName.NEXT_SHARD_ITERATOR);
            out.string(nextIterator);
        }
        end(millisBehindLatest, children);
    }

    /**
     * Ends the payload of a SubscribeToShardEvent.
     *
     * @param continuation absent at the end of a closed shard
     * @param children absent before the end of a closed shard
     */
    public void endEvent(@Nullable String continuation, long millisBehindLatest, @Nullable List<ChildShard> children) {
        out.endArray();
        if (continuation != null) {
            out.name(OutputName.CONTINUATION_SEQUENCE_NUMBER);
            out.string(continuation);
        }
        end(millisBehindLatest, children);
    }

    private void end(long millisBehindLatest, @Nullable List<ChildShard> children) {
        out.name(OutputName.MILLIS_BEHIND_LATEST);
        out.integer(millisBehindLatest);
        if (children != null) {
            out.name(OutputName.CHILD_SHARDS);
            out.beginArray();
            children.forEach(this::child);
            out.endArray();
        }
        out.endObject();
    }

    private void child(ChildShard child) {
        out.beginObject();
        out.name(OutputName.SHARD_ID);
        out.string(child.shardId());
        out.name(OutputName.PARENT_SHARDS);
        out.beginArray();
        child.parentShards().forEach(out::string);
        out.endArray();
        out.name(OutputName.HASH_KEY_RANGE);
        out.beginObject();
        out.name(OutputName.STARTING_HASH_KEY);
        out.string(child.hashKeyRange().startingHashKey());
        out.name(OutputName.ENDING_HASH_KEY);
        out.string(child.hashKeyRange().endingHashKey());
        out.endObject();
        out.endObject();
    }

    /** Returns how many bytes were written and not taken. */
    public int untaken() {
        return out.untaken();
    }

    /** Takes bytes that were written, at most so many, which makes room for others. */
    public ByteBuf take(ByteBufAllocator allocator, int most) {
        return out.take(allocator, most);
    }

    /** Returns the body that was ended. */
    public byte[] toBytes() {
        return out.toBytes();
    }
}
