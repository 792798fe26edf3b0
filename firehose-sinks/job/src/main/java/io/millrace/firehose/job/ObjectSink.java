package io.millrace.firehose.job;

import io.millrace.firehose.delivery.DeliverySpec;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Makes the uploads visible that a checkpoint of an earlier version holds. Nothing new comes here: uploads are in the
 * ledger now.
 */
final class ObjectSink implements Sink<Void>, SupportsCommitter<ObjectCommittable> {
    private static final long serialVersionUID = 1;

    private final DeliverySpec spec;

    ObjectSink(DeliverySpec spec) {
        this.spec = spec;
    }

    @Override
    public CommittingSinkWriter<Void, ObjectCommittable> createWriter(WriterInitContext context) {
        return new NothingNew();
    }

    @Override
    public Committer<ObjectCommittable> createCommitter(CommitterInitContext context) throws IOException {
        return new ObjectCommitter(spec);
    }

    @Override
    public SimpleVersionedSerializer<ObjectCommittable> getCommittableSerializer() {
        return new ObjectCommittable.Serializer();
    }

    private static final class NothingNew implements CommittingSinkWriter<Void, ObjectCommittable> {
        @Override
        public void write(Void nothing, Context context) {
            throw new IllegalStateException("no element comes here");
        }

        @Override
        public Collection<ObjectCommittable> prepareCommit() {
            return List.of();
        }

        @Override
        public void flush(boolean endOfInput) {
            // there is nothing
        }

        @Override
        public void close() {}
    }
}
