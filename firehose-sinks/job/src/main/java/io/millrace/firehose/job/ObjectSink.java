package io.millrace.firehose.job;

import io.millrace.firehose.delivery.Batch;
import io.millrace.firehose.delivery.DeliverySpec;
import java.io.IOException;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Makes each batch one object, visible exactly once. */
final class ObjectSink implements Sink<Batch>, SupportsCommitter<ObjectCommittable> {
    private static final long serialVersionUID = 1;

    private final DeliverySpec spec;

    ObjectSink(DeliverySpec spec) {
        this.spec = spec;
    }

    @Override
    public CommittingSinkWriter<Batch, ObjectCommittable> createWriter(WriterInitContext context) throws IOException {
        return new ObjectWriter(spec, context.getProcessingTimeService()::getCurrentProcessingTime);
    }

    @Override
    public Committer<ObjectCommittable> createCommitter(CommitterInitContext context) throws IOException {
        return new ObjectCommitter(spec);
    }

    @Override
    public SimpleVersionedSerializer<ObjectCommittable> getCommittableSerializer() {
        return new ObjectCommittable.Serializer();
    }
}
