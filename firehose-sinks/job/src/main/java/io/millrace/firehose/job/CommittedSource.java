package io.millrace.firehose.job;

import io.millrace.analytics.connector.source.ShardSplit;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.ledger.Ledger;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A stream, read from where its delivery ended: behind the ledger's positions, whatever a checkpoint says. Before the
 * first record of a shard comes {@linkplain DeliveryRecord#start the word} from where it is read.
 *
 * @param <E> the state of the stream's enumerator
 */
final class CommittedSource<E> implements Source<DeliveryRecord, ShardSplit, E>, ResultTypeQueryable<DeliveryRecord> {
    private static final long serialVersionUID = 1;

    private final Source<DeliveryRecord, ShardSplit, E> stream;
    private final Ledgers.Opener ledgers;

    CommittedSource(Source<DeliveryRecord, ShardSplit, E> stream, Ledgers.Opener ledgers) {
        this.stream = stream;
        this.ledgers = ledgers;
    }

    @Override
    public SourceReader<DeliveryRecord, ShardSplit> createReader(SourceReaderContext context) throws Exception {
        Ledger ledger = ledgers.open(context.getConfiguration());
        return new CommittedReader(stream.createReader(context), ledger);
    }

    @Override
    public Boundedness getBoundedness() {
        return stream.getBoundedness();
    }

    @Override
    public SplitEnumerator<ShardSplit, E> createEnumerator(SplitEnumeratorContext<ShardSplit> context)
            throws Exception {
        return stream.createEnumerator(context);
    }

    @Override
    public SplitEnumerator<ShardSplit, E> restoreEnumerator(SplitEnumeratorContext<ShardSplit> context, E state)
            throws Exception {
        return stream.restoreEnumerator(context, state);
    }

    @Override
    public SimpleVersionedSerializer<ShardSplit> getSplitSerializer() {
        return stream.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<E> getEnumeratorCheckpointSerializer() {
        return stream.getEnumeratorCheckpointSerializer();
    }

    @Override
    public TypeInformation<DeliveryRecord> getProducedType() {
        return TypeInformation.of(DeliveryRecord.class);
    }
}
