package io.millrace.analytics.connector.source;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.Record;

/**
 * A shard that holds the sequence numbers 0 to {@code size - 1} and ends behind them if it is closed. An iterator is the
 * number that comes next. Before a call is answered, the next of the faults is thrown, if there is one.
 */
final class FakeKinesis implements KinesisClient {
    final List<String> calls = new ArrayList<>();
    final Deque<RuntimeException> faults = new ArrayDeque<>();
    int size;
    boolean closed;

    FakeKinesis(int size) {
        this.size = size;
    }

    @Override
    public GetShardIteratorResponse getShardIterator(GetShardIteratorRequest request) {
        calls.add("iterator " + request.shardIteratorTypeAsString()
                + (request.startingSequenceNumber() == null ? "" : " " + request.startingSequenceNumber()));
        int from =
                request.startingSequenceNumber() == null ? 0 : Integer.parseInt(request.startingSequenceNumber()) + 1;
        return GetShardIteratorResponse.builder()
                .shardIterator(Integer.toString(from))
                .build();
    }

    @Override
    public GetRecordsResponse getRecords(GetRecordsRequest request) {
        calls.add("records " + request.shardIterator());
        if (!faults.isEmpty()) {
            throw faults.remove();
        }
        int from = Integer.parseInt(request.shardIterator());
        int to = Math.min(size, from + request.limit());
        List<Record> records = new ArrayList<>();
        for (int number = from; number < to; number++) {
            records.add(Record.builder()
                    .sequenceNumber(Integer.toString(number))
                    .partitionKey("key")
                    .approximateArrivalTimestamp(Instant.ofEpochMilli(number))
                    .data(SdkBytes.fromUtf8String("data " + number))
                    .build());
        }
        return GetRecordsResponse.builder()
                .records(records)
                .nextShardIterator(closed && to == size ? null : Integer.toString(to))
                .millisBehindLatest(to < size ? 1000L : 0L)
                .build();
    }

    @Override
    public String serviceName() {
        return "kinesis";
    }

    @Override
    public void close() {}
}
