package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.ShardBatch;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives the frames of a write-ahead log to their shards, and notes what is lost. Confined to one thread. */
final class ShardReplay implements WalReplay.Sink {
    /** More records than a frame can have. */
    private static final long MOST_RECORDS = Frame.MAX_PAYLOAD_BYTES / ShardBatch.RECORD_OVERHEAD_BYTES + 1;

    /** Is told of a frame that a shard did not have yet. */
    @FunctionalInterface
    interface Listener {
        void taken(Shard shard, Frame frame) throws IOException;
    }

    private final ShardTable shards;
    private final DamageReport damages;
    private final Listener listener;
    private @Nullable Set<Long> seenSinceGap;
    private long missingFrames;
    private long frames;

    ShardReplay(ShardTable shards, DamageReport damages, Listener listener) {
        this.shards = shards;
        this.damages = damages;
        this.listener = listener;
    }

    /** Returns how many frames were whole. */
    long frames() {
        return frames;
    }

    @Override
    public void frame(Frame frame) throws IOException {
        frames++;
        if (frame.isMark()) {
            return;
        }
        Shard shard = shards.get(frame.shard());
        if (seenSinceGap != null) {
            seenSinceGap.add(frame.shard());
        }
        if (shard.replay(frame, seenSinceGap != null)) {
            listener.taken(shard, frame);
        }
    }

    @Override
    public void damagedFrame(Frame header, Damage damage) {
        damages.add(damage);
        if (!header.isMark()) {
            shards.get(header.shard()).skipTo(header.endOffset());
        }
    }

    @Override
    public void missingFrames(long firstNumber, long count, Damage damage) {
        damages.add(damage);
        missing(count);
    }

    /** Notes that frames of which nothing is known came after everything so far. */
    void missing(long count) {
        missingFrames += count;
        seenSinceGap = new HashSet<>();
    }

    @Override
    public void mended(Damage damage) {
        damages.add(damage);
    }

    /**
     * Leaves out offsets in every shard that may have lost its newest, and in every new one, so that none is given
     * twice.
     */
    void reserveOffsets() {
        if (seenSinceGap != null) {
            shards.beginAt(shards.beginAt() + missingFrames * MOST_RECORDS);
            for (Shard shard : shards.all()) {
                if (!seenSinceGap.contains(shard.number()) && shard.endOffset() > 0) {
                    shard.skipTo(shard.endOffset() + missingFrames * MOST_RECORDS);
                }
            }
        }
    }
}
