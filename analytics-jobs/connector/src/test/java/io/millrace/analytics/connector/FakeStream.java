package io.millrace.analytics.connector;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.Trust;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;

/**
 * An endpoint with one stream whose shards a test adds, fills and ends. Shards are listed one a page. A sequence number is
 * the record's place in its shard, and an iterator the shard and the place that comes next.
 */
public final class FakeStream implements AutoCloseable {
    private final Map<String, Content> shards = new LinkedHashMap<>();
    private final Endpoint endpoint;
    private int reads;

    private static final class Content {
        final Shard shard;
        final List<Record> records = new ArrayList<>();
        boolean ended;

        Content(Shard shard) {
            this.shard = shard;
        }
    }

    public FakeStream(Path directory) throws IOException {
        AwsJsonService service = new AwsJsonService("Kinesis_20131202", "kinesis")
                .add(
                        "ListShards",
                        ListShardsRequest::builder,
                        ListShardsRequest.class,
                        Constraints.none(),
                        (request, call) -> CompletableFuture.completedFuture(page(request)))
                .add(
                        "GetShardIterator",
                        GetShardIteratorRequest::builder,
                        GetShardIteratorRequest.class,
                        Constraints.none(),
                        (request, call) -> CompletableFuture.completedFuture(iterator(request)))
                .add(
                        "GetRecords",
                        GetRecordsRequest::builder,
                        GetRecordsRequest.class,
                        Constraints.none(),
                        (request, call) -> CompletableFuture.completedFuture(records(request)));
        endpoint = Endpoint.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ServerCertificate.loadOrCreate(directory.resolve("tls")).context(),
                new ApiRouter().add(service));
    }

    /** Returns the id of a shard. */
    public static String id(int number) {
        return "shardId-%012d".formatted(number);
    }

    public synchronized FakeStream shard(int number, Integer... parents) {
        shards.put(
                id(number),
                new Content(Shard.builder()
                        .shardId(id(number))
                        .parentShardId(parents.length > 0 ? id(parents[0]) : null)
                        .adjacentParentShardId(parents.length > 1 ? id(parents[1]) : null)
                        .build()));
        return this;
    }

    /** Adds the numbers from the first to the last to a shard, as texts. */
    public synchronized FakeStream put(int shard, int first, int last) {
        for (int number = first; number <= last; number++) {
            put(shard, SdkBytes.fromUtf8String(Integer.toString(number)));
        }
        return this;
    }

    /** Adds a record to a shard. */
    public synchronized FakeStream put(int shard, SdkBytes data) {
        List<Record> records = shards.get(id(shard)).records;
        records.add(Record.builder()
                .sequenceNumber(Integer.toString(records.size()))
                .partitionKey("key")
                .approximateArrivalTimestamp(Instant.ofEpochMilli(records.size()))
                .data(data)
                .build());
        return this;
    }

    public synchronized FakeStream end(int shard) {
        shards.get(id(shard)).ended = true;
        return this;
    }

    /** Returns how often records were asked for. */
    public synchronized int reads() {
        return reads;
    }

    private synchronized ListShardsResponse page(ListShardsRequest request) {
        List<Shard> all = shards.values().stream().map(content -> content.shard).toList();
        int at = request.nextToken() == null ? 0 : Integer.parseInt(request.nextToken());
        return ListShardsResponse.builder()
                .shards(all.subList(at, Math.min(at + 1, all.size())))
                .nextToken(at + 1 < all.size() ? Integer.toString(at + 1) : null)
                .build();
    }

    private static GetShardIteratorResponse iterator(GetShardIteratorRequest request) {
        String number = request.startingSequenceNumber();
        return GetShardIteratorResponse.builder()
                .shardIterator(request.shardId() + " " + (number == null ? 0 : Integer.parseInt(number) + 1))
                .build();
    }

    private synchronized GetRecordsResponse records(GetRecordsRequest request) {
        reads++;
        String[] iterator = request.shardIterator().split(" ", 2);
        Content content = shards.get(iterator[0]);
        int size = content.records.size();
        int from = Integer.parseInt(iterator[1]);
        int to = Math.min(size, from + request.limit());
        return GetRecordsResponse.builder()
                .records(content.records.subList(from, to))
                .nextShardIterator(content.ended && to == size ? null : iterator[0] + " " + to)
                .millisBehindLatest(to < size ? 1000L : 0L)
                .build();
    }

    public Connection connection() {
        return new Connection("http://localhost:" + endpoint.port(), "us-east-1", "key", "secret", Trust.usual());
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
