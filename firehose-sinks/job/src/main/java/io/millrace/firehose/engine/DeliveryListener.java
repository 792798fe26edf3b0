package io.millrace.firehose.engine;

import io.millrace.firehose.format.RecordEncoder;

/** Is told what a delivery does, for metrics. */
public interface DeliveryListener {

    /** Told when records are visible. */
    void delivered(long records, long bytes, long oldestEpochMillis);

    /** Told for each record that could not be converted. */
    void rejected(RecordEncoder.Rejected rejected);

    /** Told when records were left out since the ledger has them. */
    void repeated();
}
