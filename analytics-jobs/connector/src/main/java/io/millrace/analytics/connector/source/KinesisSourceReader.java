package io.millrace.analytics.connector.source;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;

/** The reader of one task: keeps the positions of its shards and tells the enumerator which were read to their end. */
@SuppressWarnings("try") // Flink's base class declares close() to throw anything, interruption included
final class KinesisSourceReader<T>
        extends SingleThreadMultiplexSourceReaderBase<KinesisRecord, T, ShardSplit, ShardSplitState> {

    KinesisSourceReader(
            Supplier<SplitReader<KinesisRecord, ShardSplit>> fetching,
            RecordEmitter<KinesisRecord, T, ShardSplitState> emitter,
            SourceReaderContext context) {
        super(fetching, emitter, context.getConfiguration(), context);
    }

    @Override
    protected void onSplitFinished(Map<String, ShardSplitState> finished) {
        context.sendSourceEventToCoordinator(new ShardsFinished(List.copyOf(finished.keySet())));
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
