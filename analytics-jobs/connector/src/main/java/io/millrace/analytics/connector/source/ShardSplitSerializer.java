package io.millrace.analytics.connector.source;

import java.io.IOException;
import java.util.Locale;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** Writes splits into checkpoints: shard id, position (type, number and time), whether it ended. */
final class ShardSplitSerializer implements SimpleVersionedSerializer<ShardSplit> {
    private static final int VERSION = 1;
    private static final int FIRST_BYTES = 256;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ShardSplit split) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
        write(split, out);
        return out.getCopyOfBuffer();
    }

    @Override
    public ShardSplit deserialize(int version, byte[] bytes) throws IOException {
        if (version != VERSION) {
            throw new IOException(String.format(Locale.ROOT, "split: version %d (expected: %d)", version, VERSION));
        }
        return read(new DataInputDeserializer(bytes));
    }

    static void write(ShardSplit split, DataOutputSerializer out) throws IOException {
        StartFrom position = split.position();
        out.writeUTF(split.shardId());
        out.writeUTF(position.type().name());
        String number = position.sequenceNumber();
        out.writeUTF(number == null ? "" : number);
        Long time = position.epochMillis();
        out.writeBoolean(time != null);
        out.writeLong(time == null ? 0 : time);
        out.writeBoolean(split.ended());
    }

    static ShardSplit read(DataInputDeserializer in) throws IOException {
        String shardId = in.readUTF();
        StartFrom.Type type = StartFrom.Type.valueOf(in.readUTF());
        String number = in.readUTF();
        boolean hasTime = in.readBoolean();
        long time = in.readLong();
        StartFrom position = new StartFrom(type, number.isEmpty() ? null : number, orNull(hasTime, time));
        return new ShardSplit(shardId, position, in.readBoolean());
    }

    private static @Nullable Long orNull(boolean present, long value) {
        return present ? value : null;
    }
}
