package io.millrace.analytics.connector.source;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.core.io.InputStatus;

/**
 * The reader of one task: keeps the positions of its shards and tells the enumerator which were read to their end.
 *
 * <p>That news may reach the enumerator after its part of a checkpoint was taken, and would be missing after a restart
 * from there, with the children of the shard waiting forever. So ended shards stay in this reader's state until a
 * checkpoint that holds them is complete, and a restored reader tells of them again. Confined to the task's thread.
 */
@SuppressWarnings("try") // Flink's base class declares close() to throw anything, interruption included
final class KinesisSourceReader<T>
        extends SingleThreadMultiplexSourceReaderBase<KinesisRecord, T, ShardSplit, ShardSplitState> {
    private static final long NO_CHECKPOINT = Long.MAX_VALUE;

    /** The shards read to their end, and the first checkpoint that holds each. */
    private final Map<ShardSplit, Long> ended = new LinkedHashMap<>();

    private final List<String> restoredEnded = new ArrayList<>();
    private final Closeable closedWithIt;

    KinesisSourceReader(
            Supplier<SplitReader<KinesisRecord, ShardSplit>> fetching,
            RecordEmitter<KinesisRecord, T, ShardSplitState> emitter,
            SourceReaderContext context,
            Closeable closedWithIt) {
        super(fetching, emitter, context.getConfiguration(), context);
        this.closedWithIt = closedWithIt;
    }

    @Override
    public void close() throws Exception {
        try (closedWithIt) {
            super.close();
        }
    }

    @Override
    public void addSplits(List<ShardSplit> splits) {
        List<ShardSplit> done = splits.stream().filter(ShardSplit::ended).toList();
        if (!done.isEmpty()) {
            done.forEach(split -> restoredEnded.add(split.shardId()));
            tellEnded(done);
        }
        super.addSplits(splits.stream().filter(split -> !split.ended()).toList());
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
        if (!restoredEnded.isEmpty()) {
            restoredEnded.forEach(
                    output::releaseOutputForSplit); // Flink opened them, and they would hold the watermark
            restoredEnded.clear();
        }
        return super.pollNext(output);
    }

    @Override
    protected void onSplitFinished(Map<String, ShardSplitState> finished) {
        tellEnded(finished.values().stream()
                .map(state -> state.toSplit().asEnded())
                .toList());
    }

    private void tellEnded(List<ShardSplit> splits) {
        splits.forEach(split -> ended.put(split, NO_CHECKPOINT));
        context.sendSourceEventToCoordinator(
                new ShardsFinished(splits.stream().map(ShardSplit::shardId).toList()));
    }

    @Override
    public List<ShardSplit> snapshotState(long checkpointId) {
        List<ShardSplit> splits = new ArrayList<>(super.snapshotState(checkpointId));
        ended.replaceAll((split, first) -> Math.min(first, checkpointId));
        splits.addAll(ended.keySet());
        return splits;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        ended.values().removeIf(first -> first <= checkpointId);
    }

    @Override
    protected ShardSplitState initializedState(ShardSplit split) {
        return new ShardSplitState(split);
    }

    @Override
    protected ShardSplit toSplitType(String splitId, ShardSplitState state) {
        return state.toSplit();
    }
}
