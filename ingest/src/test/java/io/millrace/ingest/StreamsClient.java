package io.millrace.ingest;

import java.time.Instant;
import java.util.List;

/** What {@link RoundTrip} needs of a client: one call each, with the client's own defaults. Not thread-safe. */
interface StreamsClient extends AutoCloseable {

    /**
     * A record to put.
     *
     * @param explicitHashKey null lets the partition key decide
     */
    record Sent(String key, String explicitHashKey, String data) {}

    /** Where a record was put. */
    record Placed(String shardId, String sequenceNumber) {}

    record Shard(String id, String endingHashKey) {}

    record Read(String key, String data, String sequenceNumber, Instant arrival) {}

    record Page(List<Read> records, String nextIterator) {}

    /** What the client says of a call that was refused. */
    record Refusal(String code, String message, int status, String requestId) {}

    void createStream(String stream, int shards) throws Exception;

    String status(String stream) throws Exception;

    Placed put(String stream, Sent record) throws Exception;

    List<Placed> putAll(String stream, List<Sent> records) throws Exception;

    List<Shard> shards(String stream) throws Exception;

    String trimHorizon(String stream, String shardId) throws Exception;

    Page read(String iterator, int limit) throws Exception;

    /** Tells whether it has {@link #pushed}. */
    boolean subscribes();

    /** Registers a consumer, subscribes it from the beginning of the shard, and returns the first records pushed. */
    List<Read> pushed(String stream, String shardId, int wanted) throws Exception;

    void deleteStream(String stream) throws Exception;

    /** Describes a stream that is not there. @throws AssertionError if that does not raise ResourceNotFoundException */
    Refusal refusalOfDescribing(String stream) throws Exception;

    @Override
    void close();
}
