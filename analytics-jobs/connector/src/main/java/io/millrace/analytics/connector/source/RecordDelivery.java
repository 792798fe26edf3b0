package io.millrace.analytics.connector.source;

import java.io.IOException;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Deserializes a record, emits what comes of it, and then moves the split behind it. Confined to the task's thread. */
final class RecordDelivery<T> implements RecordEmitter<KinesisRecord, T, ShardSplitState> {
    private final KinesisDeserializer<T> deserializer;
    private final Out<T> out = new Out<>();

    RecordDelivery(KinesisDeserializer<T> deserializer) {
        this.deserializer = deserializer;
    }

    @Override
    public void emitRecord(KinesisRecord record, SourceOutput<T> output, ShardSplitState split) throws IOException {
        out.target = output;
        out.timestamp = record.arrivalEpochMillis();
        deserializer.deserialize(record, out);
        split.emitted(record.sequenceNumber());
    }

    private static final class Out<T> implements Collector<T> {
        private @Nullable SourceOutput<T> target;
        private long timestamp;

        @Override
        public void collect(T element) {
            if (target != null) {
                target.collect(element, timestamp);
            }
        }

        @Override
        public void close() {}
    }
}
