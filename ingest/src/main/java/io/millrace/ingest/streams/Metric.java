package io.millrace.ingest.streams;

/**
 * What is counted of a stream, under CloudWatch's names ("Monitoring the Amazon Kinesis Data Streams service").
 * Latencies and ages are sums of milliseconds; {@code Success} counts the calls that succeeded.
 */
public enum Metric {
    INCOMING_BYTES("IncomingBytes"),
    INCOMING_RECORDS("IncomingRecords"),
    PUT_RECORD_BYTES("PutRecord.Bytes"),
    PUT_RECORD_SUCCESS("PutRecord.Success"),
    PUT_RECORD_LATENCY("PutRecord.Latency"),
    PUT_RECORDS_BYTES("PutRecords.Bytes"),
    PUT_RECORDS_SUCCESS("PutRecords.Success"),
    PUT_RECORDS_LATENCY("PutRecords.Latency"),
    PUT_RECORDS_TOTAL("PutRecords.TotalRecords"),
    PUT_RECORDS_SUCCESSFUL("PutRecords.SuccessfulRecords"),
    PUT_RECORDS_THROTTLED("PutRecords.ThrottledRecords"),
    WRITE_EXCEEDED("WriteProvisionedThroughputExceeded"),
    GET_RECORDS_BYTES("GetRecords.Bytes"),
    GET_RECORDS_RECORDS("GetRecords.Records"),
    GET_RECORDS_SUCCESS("GetRecords.Success"),
    GET_RECORDS_LATENCY("GetRecords.Latency"),
    GET_RECORDS_ITERATOR_AGE_MILLISECONDS("GetRecords.IteratorAgeMilliseconds"),
    READ_EXCEEDED("ReadProvisionedThroughputExceeded"),
    SUBSCRIBE_SUCCESS("SubscribeToShard.Success"),
    SUBSCRIBE_RATE_EXCEEDED("SubscribeToShard.RateExceeded"),
    EVENT_SUCCESS("SubscribeToShardEvent.Success"),
    EVENT_BYTES("SubscribeToShardEvent.Bytes"),
    EVENT_RECORDS("SubscribeToShardEvent.Records"),
    EVENT_MILLIS_BEHIND_LATEST("SubscribeToShardEvent.MillisBehindLatest");

    private final String cloudWatchName;

    Metric(String cloudWatchName) {
        this.cloudWatchName = cloudWatchName;
    }

    /** Tells whether this only grows by counting: latencies and ages are sums that say nothing by themselves. */
    public boolean isCount() {
        return switch (this) {
            case PUT_RECORD_LATENCY,
                    PUT_RECORDS_LATENCY,
                    GET_RECORDS_LATENCY,
                    GET_RECORDS_ITERATOR_AGE_MILLISECONDS,
                    EVENT_MILLIS_BEHIND_LATEST -> false;
            default -> true;
        };
    }

    public String cloudWatchName() {
        return cloudWatchName;
    }
}
