package io.millrace.firehose.job;

import io.millrace.analytics.connector.source.ShardSplit;
import io.millrace.analytics.connector.source.StartFrom;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.Positions;
import io.millrace.firehose.ledger.Ledger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;

/**
 * Reads shards behind the ledger's positions.
 *
 * <p>A checkpoint holds each shard with the place where its reading began, not the place that it has come to: records
 * in between may be in a buffer that a failure loses. So a shard that was read to its end stays in checkpoints until
 * the ledger has its last record. Confined to the task's thread.
 */
@SuppressWarnings("try") // Flink's base class declares close() to throw anything, interruption included
final class CommittedReader implements SourceReader<DeliveryRecord, ShardSplit> {
    private final SourceReader<DeliveryRecord, ShardSplit> stream;
    private final Ledger ledger;
    private final Deque<DeliveryRecord> starts = new ArrayDeque<>();
    private final Map<String, StartFrom> began = new HashMap<>();
    private final Map<String, ShardSplit> ended = new HashMap<>();

    CommittedReader(SourceReader<DeliveryRecord, ShardSplit> stream, Ledger ledger) {
        this.stream = stream;
        this.ledger = ledger;
    }

    @Override
    public void start() {
        stream.start();
    }

    @Override
    public void addSplits(List<ShardSplit> splits) {
        try {
            ledger.refresh();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> positions = ledger.positions();
        List<ShardSplit> behind = new ArrayList<>();
        for (ShardSplit split : splits) {
            String position = positions.getOrDefault(split.shardId(), Positions.NONE);
            if (split.ended()) {
                behind.add(split); // only brings the word of its end to the enumerator again
                continue;
            }
            began.put(split.shardId(), split.position());
            starts.add(DeliveryRecord.start(split.shardId(), position));
            behind.add(
                    position.equals(Positions.NONE) ? split : new ShardSplit(split.shardId(), startBehind(position)));
        }
        stream.addSplits(behind);
    }

    /** An aggregate is read again from its first record; those of its records that are delivered are passed over. */
    private static StartFrom startBehind(String position) {
        return Positions.isInAggregate(position)
                ? new StartFrom(StartFrom.Type.AT_SEQUENCE_NUMBER, Positions.sequenceNumber(position), null)
                : StartFrom.after(position);
    }

    @Override
    public InputStatus pollNext(ReaderOutput<DeliveryRecord> output) throws Exception {
        DeliveryRecord start = starts.poll();
        if (start != null) {
            output.collect(start, 0);
            return InputStatus.MORE_AVAILABLE;
        }
        return stream.pollNext(output);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return starts.isEmpty() ? stream.isAvailable() : CompletableFuture.completedFuture(null);
    }

    @Override
    public List<ShardSplit> snapshotState(long checkpointId) {
        List<ShardSplit> splits = new ArrayList<>();
        for (ShardSplit split : stream.snapshotState(checkpointId)) {
            StartFrom start = began.get(split.shardId());
            if (start == null) {
                splits.add(split);
            } else if (split.ended()) {
                ended.put(split.shardId(), split);
            } else {
                splits.add(new ShardSplit(split.shardId(), start));
            }
        }
        forgetDelivered();
        ended.forEach((shardId, split) -> {
            StartFrom start = began.get(shardId);
            splits.add(start == null ? split : new ShardSplit(shardId, start));
        });
        return splits;
    }

    /** Forgets the shards whose last record is in the ledger, or that had none. */
    private void forgetDelivered() {
        if (ended.isEmpty()) {
            return;
        }
        try {
            ledger.refresh();
        } catch (IOException e) {
            return; // they stay for one checkpoint more
        }
        Map<String, String> positions = ledger.positions();
        ended.values().removeIf(split -> {
            String last = split.position().sequenceNumber();
            boolean delivered = last == null
                    || Positions.compare(positions.getOrDefault(split.shardId(), Positions.NONE), last) >= 0;
            if (delivered) {
                began.remove(split.shardId());
            }
            return delivered;
        });
    }

    @Override
    public void notifyNoMoreSplits() {
        stream.notifyNoMoreSplits();
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        stream.handleSourceEvents(event);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        stream.notifyCheckpointComplete(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        stream.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public void close() throws Exception {
        try (ledger) {
            stream.close();
        }
    }
}
