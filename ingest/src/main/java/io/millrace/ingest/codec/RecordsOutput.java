package io.millrace.ingest.codec;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.model.ChildShard;

/**
 * The output of GetRecords and the events of SubscribeToShard, written record by record.
 *
 * <p>For each record {@link #begin}, {@link #data}, {@link #partitionKey} and {@link #end(boolean)} are called in this
 * order; then one of the methods that end the body, once. Confined to one call.
 */
public final class RecordsOutput {
    /** What surrounds a record's data and key: names, brackets, numbers. */
    private static final int RECORD_LENGTH = 224;

    private static final int FRAME_LENGTH = 1024;

    private final BodyOutput out;
    private final ShardInfo shard;

    /**
     * @param expectedRecords how many records are expected
     * @param expectedBytes the bytes of their data and keys
     */
    public RecordsOutput(BodyFormat format, ShardInfo shard, int expectedRecords, int expectedBytes) {
        int payload = format == BodyFormat.CBOR
                ? expectedBytes
                : Math.addExact(Base64Block.encodedLength(expectedBytes), 4 * expectedRecords);
        this.out = BodyOutput.of(format, Math.addExact(payload, FRAME_LENGTH + RECORD_LENGTH * expectedRecords));
        this.shard = shard;
        out.beginObject();
        out.name(OutputName.RECORDS);
        out.beginArray();
    }

    /** Begins a record. */
    public void begin(long offset, long arrivalEpochMillis) {
        out.beginObject();
        out.name(OutputName.SEQUENCE_NUMBER);
        out.sequenceNumber(shard.numberOf(offset, arrivalEpochMillis));
        out.name(OutputName.APPROXIMATE_ARRIVAL_TIMESTAMP);
        out.timestamp(arrivalEpochMillis);
    }

    /** Writes the data of the record begun. */
    public void data(byte[] array, int from, int length) {
        out.name(OutputName.DATA);
        out.blob(array, from, length);
    }

    /** Writes the key of the record begun. The bytes must be well-formed UTF-8, as decoded keys are. */
    public void partitionKey(byte[] array, int from, int length) {
        out.name(OutputName.PARTITION_KEY);
        out.utf8(array, from, length);
    }

    /** Ends the record begun. That it is not encrypted is not said, as AWS does not. */
    public void end(boolean encrypted) {
        PutRecordsOutput.encryptionType(out, encrypted ? "KMS" : null);
        out.endObject();
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

    /** Returns the body that was ended. */
    public byte[] toBytes() {
        return out.toBytes();
    }

    /** Returns the body that was ended, without a copy. */
    public ByteBuf toByteBuf() {
        return out.toByteBuf();
    }
}
