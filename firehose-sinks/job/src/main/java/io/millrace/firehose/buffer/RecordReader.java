package io.millrace.firehose.buffer;

import io.millrace.firehose.delivery.DeliveryRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link SpillBuffer} holds: first its file, block by block, and then the block that is still in memory.
 */
final class RecordReader implements Iterator<DeliveryRecord> {
    private final @Nullable FileChannel file;
    private final long fileBytes;
    private final ByteBuffer tail;
    private final List<String> shardIds;
    private ByteBuffer block = ByteBuffer.allocate(SpillBuffer.BLOCK_BYTES).flip();
    private long readBytes;
    private long left;

    RecordReader(@Nullable FileChannel file, long fileBytes, ByteBuffer tail, List<String> shardIds, long count) {
        this.file = file;
        this.fileBytes = fileBytes;
        this.tail = tail;
        this.shardIds = shardIds;
        this.left = count;
    }

    @Override
    public boolean hasNext() {
        return left > 0;
    }

    @Override
    public DeliveryRecord next() {
        if (left == 0) {
            throw new NoSuchElementException();
        }
        left--;
        int shard = bytes(Integer.BYTES).getInt();
        byte[] position = array();
        long arrival = bytes(Long.BYTES).getLong();
        return new DeliveryRecord(
                shardIds.get(shard), new String(position, StandardCharsets.US_ASCII), arrival, array());
    }

    private byte[] array() {
        byte[] array = new byte[bytes(Integer.BYTES).getInt()];
        bytes(array.length).get(array);
        return array;
    }

    /** Returns a buffer of at least {@code needed} bytes; records do not span the file and the tail. */
    private ByteBuffer bytes(int needed) {
        if (readBytes == fileBytes && !block.hasRemaining()) {
            return tail;
        }
        if (block.remaining() < needed) {
            refill(needed);
        }
        return block;
    }

    private void refill(int needed) {
        FileChannel source = file;
        if (source == null) {
            throw new IllegalStateException("no file");
        }
        ByteBuffer next = ByteBuffer.allocate(Math.max(needed, SpillBuffer.BLOCK_BYTES));
        next.put(block);
        next.limit((int) Math.min(next.capacity(), next.position() + fileBytes - readBytes));
        try {
            while (next.hasRemaining()) {
                int count = source.read(next, readBytes);
                if (count < 0) {
                    throw new IOException("the buffer's file ends at " + readBytes + " (expected: " + fileBytes + ")");
                }
                readBytes += count;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        block = next.flip();
    }
}
