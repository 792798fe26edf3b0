package io.millrace.server.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a stream of JSON records from its beginning and on, by the public API. */
final class StreamReader {
    private final KinesisClient kinesis;
    private final Map<String, String> iterators = new HashMap<>();
    private final List<JsonNode> rows = new ArrayList<>();

    StreamReader(KinesisClient kinesis, String stream) {
        this.kinesis = kinesis;
        kinesis.listShards(request -> request.streamName(stream))
                .shards()
                .forEach(shard -> iterators.put(
                        shard.shardId(),
                        kinesis.getShardIterator(request -> request.streamName(stream)
                                        .shardId(shard.shardId())
                                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                                .shardIterator()));
    }

    /** Returns all rows so far. */
    List<JsonNode> rows() {
        for (Map.Entry<String, String> shard : iterators.entrySet()) {
            GetRecordsResponse response = kinesis.getRecords(request -> request.shardIterator(shard.getValue()));
            while (!response.records().isEmpty()) {
                for (Record record : response.records()) {
                    rows.add(JsonMapper.shared().readTree(record.data().asByteArrayUnsafe()));
                }
                String next = response.nextShardIterator();
                shard.setValue(next);
                response = kinesis.getRecords(request -> request.shardIterator(next));
            }
        }
        return rows;
    }
}
