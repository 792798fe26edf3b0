package io.millrace.ingest;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** The asynchronous client of the AWS SDK for Java v2, over the HTTP client that it comes with: HTTP/2 for everything. */
final class SdkV2AsyncClient implements StreamsClient {
    private static final int CONSUMER_NAME_CHARS = 8;

    private final KinesisAsyncClient kinesis;

    /** @param directory of the node, whose certificate is trusted */
    SdkV2AsyncClient(String url, Path directory) {
        kinesis = KinesisAsyncClient.builder()
                .endpointOverride(URI.create(url))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .tlsTrustManagersProvider(() -> NodeCertificate.trustManagers(directory)))
                .build();
    }

    @Override
    public void createStream(String stream, int shards) throws Exception {
        kinesis.createStream(r -> r.streamName(stream).shardCount(shards)).get();
    }

    @Override
    public String status(String stream) throws Exception {
        return kinesis.describeStreamSummary(r -> r.streamName(stream))
                .get()
                .streamDescriptionSummary()
                .streamStatusAsString();
    }

    @Override
    public Placed put(String stream, Sent record) throws Exception {
        PutRecordResponse response = kinesis.putRecord(r -> r.streamName(stream)
                        .partitionKey(record.key())
                        .explicitHashKey(record.explicitHashKey())
                        .data(SdkBytes.fromUtf8String(record.data())))
                .get();
        return new Placed(response.shardId(), response.sequenceNumber());
    }

    @Override
    public List<Placed> putAll(String stream, List<Sent> records) throws Exception {
        return kinesis
                .putRecords(r -> r.streamName(stream)
                        .records(records.stream().map(SdkV2Client::entry).toList()))
                .get()
                .records()
                .stream()
                .map(entry -> new Placed(entry.shardId(), entry.sequenceNumber()))
                .toList();
    }

    @Override
    public List<Shard> shards(String stream) throws Exception {
        return kinesis.listShards(r -> r.streamName(stream)).get().shards().stream()
                .map(shard -> new Shard(shard.shardId(), shard.hashKeyRange().endingHashKey()))
                .toList();
    }

    @Override
    public String trimHorizon(String stream, String shardId) throws Exception {
        return kinesis.getShardIterator(
                        r -> r.streamName(stream).shardId(shardId).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .get()
                .shardIterator();
    }

    @Override
    public Page read(String iterator, int limit) throws Exception {
        GetRecordsResponse response =
                kinesis.getRecords(r -> r.shardIterator(iterator).limit(limit)).get();
        return new Page(response.records().stream().map(SdkV2Client::read).toList(), response.nextShardIterator());
    }

    @Override
    public boolean subscribes() {
        return true;
    }

    @Override
    public List<Read> pushed(String stream, String shardId, int wanted) throws Exception {
        String consumer = register(stream, "consumer-" + shardId.substring(shardId.length() - CONSUMER_NAME_CHARS));
        BlockingQueue<Record> pushed = new LinkedBlockingQueue<>();
        SubscribeToShardResponseHandler handler = SubscribeToShardResponseHandler.builder()
                .subscriber(event -> {
                    if (event instanceof SubscribeToShardEvent records) {
                        pushed.addAll(records.records());
                    }
                })
                .build();
        CompletableFuture<Void> subscription = kinesis.subscribeToShard(
                r -> r.consumerARN(consumer)
                        .shardId(shardId)
                        .startingPosition(p -> p.type(ShardIteratorType.TRIM_HORIZON)),
                handler);
        List<Read> records = new ArrayList<>();
        while (records.size() < wanted) {
            records.add(SdkV2Client.read(pushed.take()));
        }
        subscription.cancel(true);
        return records;
    }

    private String register(String stream, String name) throws Exception {
        String streamArn = kinesis.describeStreamSummary(r -> r.streamName(stream))
                .get()
                .streamDescriptionSummary()
                .streamARN();
        String consumer = kinesis.registerStreamConsumer(
                        r -> r.streamARN(streamArn).consumerName(name))
                .get()
                .consumer()
                .consumerARN();
        while (kinesis.describeStreamConsumer(r -> r.consumerARN(consumer))
                        .get()
                        .consumerDescription()
                        .consumerStatus()
                != ConsumerStatus.ACTIVE) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return consumer;
    }

    @Override
    public void deleteStream(String stream) throws Exception {
        kinesis.deleteStream(r -> r.streamName(stream).enforceConsumerDeletion(true))
                .get();
    }

    @Override
    public Refusal refusalOfDescribing(String stream) throws Exception {
        try {
            kinesis.describeStream(r -> r.streamName(stream)).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ResourceNotFoundException missing) {
                return SdkV2Client.refusal(missing);
            }
            throw e;
        }
        throw new AssertionError("nothing was thrown");
    }

    @Override
    public void close() {
        kinesis.close();
    }
}
