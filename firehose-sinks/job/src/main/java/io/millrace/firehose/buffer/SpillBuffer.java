package io.millrace.firehose.buffer;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.Positions;
import io.millrace.firehose.delivery.ShardRange;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in the order in which they were added, in a temporary file. The heap holds one block and what is known of
 * each shard, whatever the number and size of the records.
 *
 * <p>A record in the file:
 * <pre>
 *  int      int            bytes      long      int          bytes
 *  shard    length of the  position   arrival   length of    data
 *           position                            the data
 * </pre>
 *
 * <p>The file is lost with the process, and so it may be: the records are in the source. A disk that takes no more
 * leaves the last block in memory and makes the buffer {@linkplain #isStarved() starved}. Confined to one thread.
 */
public final class SpillBuffer implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SpillBuffer.class);
    static final int BLOCK_BYTES = 64 * 1024;
    private static final int HEAD_BYTES = 4 + 4 + 8 + 4;

    private final Path directory;
    private final Map<String, Shard> shards = new TreeMap<>();
    private final List<String> shardIds = new ArrayList<>();
    private @Nullable FileChannel file;
    private ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    private long flushedBytes;
    private long dataBytes;
    private long count;
    private long oldestEpochMillis = Long.MAX_VALUE;
    private boolean starved;

    private static final class Shard {
        final int index;
        final String first;
        String last;

        Shard(int index, String first) {
            this.index = index;
            this.first = first;
            this.last = first;
        }
    }

    /** @param directory takes the file, which is made with the first block that needs it */
    public SpillBuffer(Path directory) {
        this.directory = directory;
    }

    /** Adds a record. Its position must not be before the last one of its shard. */
    public void add(DeliveryRecord record) {
        Shard shard = shards.computeIfAbsent(record.shardId(), id -> {
            shardIds.add(id);
            return new Shard(shardIds.size() - 1, record.sequenceNumber());
        });
        shard.last = record.sequenceNumber();
        byte[] position = record.sequenceNumber().getBytes(StandardCharsets.US_ASCII);
        room(HEAD_BYTES + position.length + record.data().length);
        block.putInt(shard.index).putInt(position.length).put(position);
        block.putLong(record.arrivalEpochMillis()).putInt(record.data().length).put(record.data());
        dataBytes += record.data().length;
        count++;
        oldestEpochMillis = Math.min(oldestEpochMillis, record.arrivalEpochMillis());
    }

    private void room(int bytes) {
        if (block.remaining() >= bytes) {
            return;
        }
        flush();
        if (block.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(block.position() + bytes);
            block = larger.put(block.flip());
        }
    }

    /** Moves the block to the file; where the disk does not take it, it stays. */
    private void flush() {
        try {
            FileChannel target = file == null ? open() : file;
            ByteBuffer bytes = block.duplicate().flip();
            long at = flushedBytes;
            while (bytes.hasRemaining()) {
                at += target.write(bytes, at);
            }
            flushedBytes = at;
            block = block.capacity() > BLOCK_BYTES ? ByteBuffer.allocate(BLOCK_BYTES) : block.clear();
        } catch (IOException e) {
            if (!starved) {
                LOG.warn("{}: the disk takes no more records; they are delivered early", directory, e);
            }
            starved = true;
        }
    }

    private FileChannel open() throws IOException {
        Files.createDirectories(directory);
        FileChannel opened = FileChannel.open(
                directory.resolve("delivery-" + UUID.randomUUID() + ".buffer"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        file = opened;
        return opened;
    }

    int heapBytes() {
        return block.capacity();
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Returns whether the disk takes no more, so that the records have to be delivered now. */
    public boolean isStarved() {
        return starved;
    }

    /** Returns the bytes of the records' data. */
    public long dataBytes() {
        return dataBytes;
    }

    public long count() {
        return count;
    }

    /** Returns when the oldest record arrived; meaningless while there is none. */
    public long oldestEpochMillis() {
        return oldestEpochMillis;
    }

    /** Returns the position of the last record of a shard, or {@link Positions#NONE}. */
    public String last(String shardId) {
        Shard shard = shards.get(shardId);
        return shard == null ? Positions.NONE : shard.last;
    }

    /**
     * Returns which records these are, by shard.
     *
     * @param bases the position before them for each shard; {@link Positions#NONE} where it has none
     */
    public List<ShardRange> ranges(Map<String, String> bases) {
        List<ShardRange> ranges = new ArrayList<>();
        shards.forEach((id, shard) ->
                ranges.add(new ShardRange(id, bases.getOrDefault(id, Positions.NONE), shard.first, shard.last)));
        return ranges;
    }

    /** Returns the records. An iterator ends early with an UncheckedIOException when the file cannot be read. */
    public Iterable<DeliveryRecord> records() {
        return this::iterator;
    }

    private Iterator<DeliveryRecord> iterator() {
        ByteBuffer tail = block.duplicate().flip();
        return new RecordReader(file, flushedBytes, tail, shardIds, count);
    }

    /** Forgets the records and gives their disk back. */
    public void clear() throws IOException {
        if (file != null) {
            file.truncate(0);
        }
        block = block.capacity() > BLOCK_BYTES ? ByteBuffer.allocate(BLOCK_BYTES) : block.clear();
        shards.clear();
        shardIds.clear();
        flushedBytes = 0;
        dataBytes = 0;
        count = 0;
        oldestEpochMillis = Long.MAX_VALUE;
        starved = false;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
