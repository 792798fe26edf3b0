package io.millrace.ingest;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** The synchronous client of the AWS SDK for Java v2, over the HTTP client that it comes with. It has no SubscribeToShard. */
final class SdkV2Client implements StreamsClient {
    private final KinesisClient kinesis;

    /** @param directory of the node, whose certificate is trusted */
    SdkV2Client(String url, Path directory) {
        kinesis = KinesisClient.builder()
                .endpointOverride(URI.create(url))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(Apache5HttpClient.builder()
                        .tlsTrustManagersProvider(() -> NodeCertificate.trustManagers(directory)))
                .build();
    }

    @Override
    public void createStream(String stream, int shards) {
        kinesis.createStream(r -> r.streamName(stream).shardCount(shards));
    }

    @Override
    public String status(String stream) {
        return kinesis.describeStreamSummary(r -> r.streamName(stream))
                .streamDescriptionSummary()
                .streamStatusAsString();
    }

    @Override
    public Placed put(String stream, Sent record) {
        PutRecordResponse response = kinesis.putRecord(r -> r.streamName(stream)
                .partitionKey(record.key())
                .explicitHashKey(record.explicitHashKey())
                .data(SdkBytes.fromUtf8String(record.data())));
        return new Placed(response.shardId(), response.sequenceNumber());
    }

    @Override
    public List<Placed> putAll(String stream, List<Sent> records) {
        return kinesis
                .putRecords(r -> r.streamName(stream)
                        .records(records.stream().map(SdkV2Client::entry).toList()))
                .records()
                .stream()
                .map(entry -> new Placed(entry.shardId(), entry.sequenceNumber()))
                .toList();
    }

    static PutRecordsRequestEntry entry(Sent record) {
        return PutRecordsRequestEntry.builder()
                .partitionKey(record.key())
                .explicitHashKey(record.explicitHashKey())
                .data(SdkBytes.fromUtf8String(record.data()))
                .build();
    }

    @Override
    public List<Shard> shards(String stream) {
        return kinesis.listShards(r -> r.streamName(stream)).shards().stream()
                .map(shard -> new Shard(shard.shardId(), shard.hashKeyRange().endingHashKey()))
                .toList();
    }

    @Override
    public String trimHorizon(String stream, String shardId) {
        return kinesis.getShardIterator(
                        r -> r.streamName(stream).shardId(shardId).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
    }

    @Override
    public Page read(String iterator, int limit) {
        GetRecordsResponse response =
                kinesis.getRecords(r -> r.shardIterator(iterator).limit(limit));
        return new Page(response.records().stream().map(SdkV2Client::read).toList(), response.nextShardIterator());
    }

    static Read read(Record record) {
        return new Read(
                record.partitionKey(),
                record.data().asUtf8String(),
                record.sequenceNumber(),
                record.approximateArrivalTimestamp());
    }

    @Override
    public boolean subscribes() {
        return false;
    }

    @Override
    public List<Read> pushed(String stream, String shardId, int wanted) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void deleteStream(String stream) {
        kinesis.deleteStream(r -> r.streamName(stream));
    }

    @Override
    public Refusal refusalOfDescribing(String stream) {
        try {
            kinesis.describeStream(r -> r.streamName(stream));
        } catch (ResourceNotFoundException e) {
            return refusal(e);
        }
        throw new AssertionError("nothing was thrown");
    }

    static Refusal refusal(ResourceNotFoundException e) {
        return new Refusal(
                e.awsErrorDetails().errorCode(), e.awsErrorDetails().errorMessage(), e.statusCode(), e.requestId());
    }

    @Override
    public void close() {
        kinesis.close();
    }
}
