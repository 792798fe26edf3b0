package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.CorruptLogException;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Up to where the segment files of all shards were durable at some moment; everything later is in the write-ahead log.
 *
 * <p>Kept as one document, replaced as a whole: the last frame number that every file covers (8 bytes), the number of
 * shards (4), 40 bytes for each ({@link Shard.Position} in field order), and a CRC32C of all that (4).
 *
 * @param lastNumber frames up to this log sequence number are in the files
 */
record Checkpoint(long lastNumber, List<Shard.Position> shards) {
    private static final String KEY = "checkpoint";
    private static final int HEADER_BYTES = 12;
    private static final int SHARD_BYTES = 40;

    static Checkpoint load(DocumentStore store, Path directory) throws IOException {
        byte[] content = store.readAll().get(KEY);
        if (content == null) {
            return new Checkpoint(0, List.of());
        }
        ByteBuffer in = ByteBuffer.wrap(content);
        int checked = content.length - Integer.BYTES;
        if (checked < HEADER_BYTES || in.getInt(checked) != checksum(content, checked)) {
            throw new CorruptLogException(directory.resolve(KEY), 0, "the checkpoint is damaged");
        }
        long lastNumber = in.getLong();
        int count = in.getInt();
        List<Shard.Position> shards = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            shards.add(new Shard.Position(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong()));
        }
        return new Checkpoint(lastNumber, shards);
    }

    void save(DocumentStore store) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + shards.size() * SHARD_BYTES + Integer.BYTES);
        out.putLong(lastNumber).putInt(shards.size());
        for (Shard.Position shard : shards) {
            out.putLong(shard.shard()).putLong(shard.endOffset()).putLong(shard.lastArrival());
            out.putLong(shard.activeBase()).putLong(shard.activeBytes());
        }
        out.putInt(checksum(out.array(), out.position()));
        store.put(KEY, out.array());
    }

    private static int checksum(byte[] content, int length) {
        CRC32C crc = new CRC32C();
        crc.update(content, 0, length);
        return (int) crc.getValue();
    }
}
