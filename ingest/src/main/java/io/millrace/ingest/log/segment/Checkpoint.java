package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where all shards stood at some moment: how far their files were durable, and the frames that were in no file.
 * Everything later is in the write-ahead log.
 *
 * <p>A log has one from its beginning on: where it is missing, something happened to it.
 *
 * <p>Frames of small tails stand in the checkpoint itself, so that a thousand shards with little in each cost one write
 * and not a thousand.
 *
 * <pre>
 *  size  field
 *     8  the last frame number that is covered
 *     8  the offset at which new shards begin: 0, or more where frames of nobody knows whose were lost
 *     4  number of shards, and for each
 *    32    number, first kept offset, end offset, arrival time of the last record (8 bytes each)
 *     4    number of segment files, and for each
 *    41      base offset, end offset, bytes, first and last arrival time (8 bytes each), whether it is sealed (1)
 *     4    number of frames, and then these
 * </pre>
 *
 * @param lastNumber frames up to this number are in the files or here
 * @param beginAt the offset at which new shards begin
 */
record Checkpoint(long lastNumber, long beginAt, List<Shard.State> shards) {
    private static final int HEADER_BYTES = 20;
    private static final int SHARD_BYTES = 40;
    private static final int SEGMENT_BYTES = 41;

    /** Loads the checkpoint of a log; a new log gets one that covers nothing. */
    static Checkpoint loadOrCreate(DuplicatedFile file, Disk disk, Path directory, DamageReport damages)
            throws IOException {
        boolean isNew = LogFormat.isNew(disk, directory);
        byte[] content = file.load(damages);
        if (content == null && !isNew) {
            throw new CorruptLogException(new Damage("checkpoint.a", 0, "is missing; nothing was changed"));
        }
        Checkpoint checkpoint = content == null ? new Checkpoint(0, 0, List.of()) : decode(content);
        if (isNew) {
            if (checkpoint.lastNumber() > 0) {
                throw new CorruptLogException(new Damage("format", 0, "is missing; nothing was changed"));
            }
            file.save(checkpoint.encode());
            LogFormat.write(disk, directory);
        }
        return checkpoint;
    }

    byte[] encode() {
        long size = HEADER_BYTES;
        for (Shard.State shard : shards) {
            size += SHARD_BYTES + (long) SEGMENT_BYTES * shard.segments().size();
            for (Frame frame : shard.tail()) {
                size += frame.sizeBytes();
            }
        }
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(size));
        out.putLong(lastNumber).putLong(beginAt).putInt(shards.size());
        for (Shard.State shard : shards) {
            out.putLong(shard.shard()).putLong(shard.firstOffset()).putLong(shard.endOffset());
            out.putLong(shard.lastArrival()).putInt(shard.segments().size());
            for (ShardSegment.Facts facts : shard.segments()) {
                out.putLong(facts.baseOffset()).putLong(facts.endOffset()).putLong(facts.bytes());
                out.putLong(facts.firstArrival()).putLong(facts.lastArrival());
                out.put((byte) (facts.sealed() ? 1 : 0));
            }
            out.putInt(shard.tail().size());
            for (Frame frame : shard.tail()) {
                out.put(frame.array(), frame.start(), frame.sizeBytes());
            }
        }
        return out.array();
    }

    /** Reads what {@link #encode} made; the bytes have been checked. */
    static Checkpoint decode(byte[] content) {
        ByteBuffer in = ByteBuffer.wrap(content);
        long lastNumber = in.getLong();
        long beginAt = in.getLong();
        int count = in.getInt();
        List<Shard.State> shards = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            shards.add(decodeShard(in, content));
        }
        return new Checkpoint(lastNumber, beginAt, shards);
    }

    private static Shard.State decodeShard(ByteBuffer in, byte[] content) {
        long shard = in.getLong();
        long firstOffset = in.getLong();
        long endOffset = in.getLong();
        long lastArrival = in.getLong();
        int segmentCount = in.getInt();
        List<ShardSegment.Facts> segments = new ArrayList<>(segmentCount);
        for (int i = 0; i < segmentCount; i++) {
            segments.add(new ShardSegment.Facts(
                    in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.get() != 0));
        }
        int frameCount = in.getInt();
        List<Frame> tail = new ArrayList<>(frameCount);
        for (int i = 0; i < frameCount; i++) {
            Frame frame = Frame.at(content, in.position(), content.length);
            if (frame == null) {
                throw new IllegalStateException(
                        String.format(Locale.ROOT, "shard %d: frame %d of its tail is cut off", shard, i));
            }
            tail.add(frame);
            in.position(in.position() + frame.sizeBytes());
        }
        return new Shard.State(shard, firstOffset, endOffset, lastArrival, segments, tail);
    }
}
