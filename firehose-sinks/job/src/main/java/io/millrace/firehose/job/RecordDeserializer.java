package io.millrace.firehose.job;

import io.millrace.analytics.connector.source.KinesisDeserializer;
import io.millrace.analytics.connector.source.KinesisRecord;
import io.millrace.firehose.delivery.DeliveryRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/** Keeps of a record what a delivery needs. */
final class RecordDeserializer implements KinesisDeserializer<DeliveryRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public void deserialize(KinesisRecord record, Collector<DeliveryRecord> out) {
        out.collect(new DeliveryRecord(
                record.shardId(), record.sequenceNumber(), record.arrivalEpochMillis(), record.data()));
    }

    @Override
    public TypeInformation<DeliveryRecord> producedType() {
        return TypeInformation.of(DeliveryRecord.class);
    }
}
