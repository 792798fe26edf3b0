package io.millrace.ingest.codec;

import java.nio.charset.StandardCharsets;

/** The names of the members that are written here, as each format has them. */
enum OutputName {
    APPROXIMATE_ARRIVAL_TIMESTAMP("ApproximateArrivalTimestamp"),
    CHILD_SHARDS("ChildShards"),
    CONTINUATION_SEQUENCE_NUMBER("ContinuationSequenceNumber"),
    DATA("Data"),
    ENCRYPTION_TYPE("EncryptionType"),
    ENDING_HASH_KEY("EndingHashKey"),
    ERROR_CODE("ErrorCode"),
    ERROR_MESSAGE("ErrorMessage"),
    FAILED_RECORD_COUNT("FailedRecordCount"),
    HASH_KEY_RANGE("HashKeyRange"),
    MILLIS_BEHIND_LATEST("MillisBehindLatest"),
    NEXT_SHARD_ITERATOR("NextShardIterator"),
    PARENT_SHARDS("ParentShards"),
    PARTITION_KEY("PartitionKey"),
    RECORDS("Records"),
    SEQUENCE_NUMBER("SequenceNumber"),
    SHARD_ID("ShardId"),
    STARTING_HASH_KEY("StartingHashKey");

    final byte[] json;
    final byte[] cbor;

    OutputName(String name) {
        this.json = ('"' + name + "\":").getBytes(StandardCharsets.US_ASCII);
        CborOutput out = new CborOutput(2 + name.length());
        out.string(name);
        this.cbor = out.toBytes();
    }
}
