package io.millrace.ingest.codec;

import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The output of PutRecords, written entry by entry in the order of the input. Confined to one call. */
public final class PutRecordsOutput {
    private static final int ENTRY_LENGTH = 128;
    private static final int FRAME_LENGTH = 96;

    private final BodyOutput out;

    /**
     * @param entries how many are expected
     * @param failed how many of them {@link #failed} will write
     */
    public PutRecordsOutput(BodyFormat format, int entries, int failed) {
        this.out = BodyOutput.of(format, FRAME_LENGTH + ENTRY_LENGTH * entries);
        out.beginObject();
        out.name(OutputName.FAILED_RECORD_COUNT);
        out.integer(failed);
        out.name(OutputName.RECORDS);
        out.beginArray();
    }

    /** Writes the entry of a record that is kept. */
    public void placed(ShardInfo shard, long offset, long arrivalEpochMillis) {
        out.beginObject();
        out.name(OutputName.SEQUENCE_NUMBER);
        out.sequenceNumber(shard.numberOf(offset, arrivalEpochMillis));
        out.name(OutputName.SHARD_ID);
        out.shardId(shard.index());
        out.endObject();
    }

    /** Writes the entry of a record that was refused. */
    public void failed(String errorCode, String errorMessage) {
        out.beginObject();
        out.name(OutputName.ERROR_CODE);
        out.string(errorCode);
        out.name(OutputName.ERROR_MESSAGE);
        out.string(errorMessage);
        out.endObject();
    }

    /** Ends the body and returns it; to be called once, as the last. */
    public byte[] toBytes(@Nullable String encryptionType) {
        end(encryptionType);
        return out.toBytes();
    }

    /** Ends the body and returns it without a copy; to be called once, as the last. */
    public ByteBuf toByteBuf(@Nullable String encryptionType) {
        end(encryptionType);
        return out.toByteBuf();
    }

    private void end(@Nullable String encryptionType) {
        out.endArray();
        encryptionType(out, encryptionType);
        out.endObject();
    }

    /** Writes the whole output of PutRecord. */
    public static byte[] single(
            BodyFormat format, ShardInfo shard, long offset, long arrivalEpochMillis, @Nullable String encryptionType) {
        BodyOutput out = BodyOutput.of(format, FRAME_LENGTH + ENTRY_LENGTH);
        out.beginObject();
        out.name(OutputName.SHARD_ID);
        out.shardId(shard.index());
        out.name(OutputName.SEQUENCE_NUMBER);
        out.sequenceNumber(shard.numberOf(offset, arrivalEpochMillis));
        encryptionType(out, encryptionType);
        out.endObject();
        return out.toBytes();
    }

    static void encryptionType(BodyOutput out, @Nullable String encryptionType) {
        if (encryptionType != null) {
            out.name(OutputName.ENCRYPTION_TYPE);
            out.string(encryptionType);
        }
    }
}
