package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** An endpoint that lists the shards it is given, one a page, and serves nothing else. */
final class ShardListing implements AutoCloseable {
    private final List<Shard> shards = new ArrayList<>();
    private final Endpoint endpoint;

    ShardListing(Path directory) throws IOException {
        endpoint = Endpoint.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ServerCertificate.loadOrCreate(directory.resolve("tls")).context(),
                new ApiRouter()
                        .add(new AwsJsonService("Kinesis_20131202")
                                .add(
                                        "ListShards",
                                        ListShardsRequest::builder,
                                        ListShardsRequest.class,
                                        Constraints.none(),
                                        (request, call) -> CompletableFuture.completedFuture(page(request)))));
    }

    synchronized ShardListing shard(int number, Integer... parents) {
        shards.add(Shard.builder()
                .shardId(id(number))
                .parentShardId(parents.length > 0 ? id(parents[0]) : null)
                .adjacentParentShardId(parents.length > 1 ? id(parents[1]) : null)
                .build());
        return this;
    }

    synchronized void expire(int number) {
        shards.removeIf(shard -> shard.shardId().equals(id(number)));
    }

    private synchronized ListShardsResponse page(ListShardsRequest request) {
        int at = request.nextToken() == null ? 0 : Integer.parseInt(request.nextToken());
        return ListShardsResponse.builder()
                .shards(shards.subList(at, Math.min(at + 1, shards.size())))
                .nextToken(at + 1 < shards.size() ? Integer.toString(at + 1) : null)
                .build();
    }

    Connection connection() {
        return new Connection("http://localhost:" + endpoint.port(), "us-east-1", "key", "secret", false);
    }

    static String id(int number) {
        return "shardId-%012d".formatted(number);
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
