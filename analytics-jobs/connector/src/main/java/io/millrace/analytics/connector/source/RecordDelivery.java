package io.millrace.analytics.connector.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.util.Collector;

/** Deserializes a record, emits what comes of it, and then moves the split behind it. Confined to the task's thread. */
final class RecordDelivery<T> implements RecordEmitter<KinesisRecord, T, ShardSplitState> {
    private final KinesisDeserializer<T> deserializer;
    private final PoisonRecords poison;
    private final Elements<T> elements = new Elements<>();

    RecordDelivery(KinesisDeserializer<T> deserializer, PoisonRecords poison) {
        this.deserializer = deserializer;
        this.poison = poison;
    }

    @Override
    public void emitRecord(KinesisRecord record, SourceOutput<T> output, ShardSplitState split) {
        elements.of.clear();
        if (deserialize(record)) {
            for (T element : elements.of) {
                output.collect(element, record.arrivalEpochMillis());
            }
        }
        split.emitted(record.sequenceNumber());
    }

    /**
     * Nothing of a record goes on before all of it is read, and the failure of an operator behind is not the record's.
     */
    private boolean deserialize(KinesisRecord record) {
        try {
            deserializer.deserialize(record, elements);
            return true;
        } catch (IOException | RuntimeException e) { // formats throw both for bytes that they cannot read
            poison.refused(record, e);
            return false;
        }
    }

    private static final class Elements<T> implements Collector<T> {
        private final List<T> of = new ArrayList<>();

        @Override
        public void collect(T element) {
            of.add(element);
        }

        @Override
        public void close() {}
    }
}
