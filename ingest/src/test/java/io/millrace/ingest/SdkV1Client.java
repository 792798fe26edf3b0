package io.millrace.ingest;

import com.amazonaws.ClientConfiguration;
import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kinesis.AmazonKinesis;
import com.amazonaws.services.kinesis.AmazonKinesisClientBuilder;
import com.amazonaws.services.kinesis.model.GetRecordsRequest;
import com.amazonaws.services.kinesis.model.GetRecordsResult;
import com.amazonaws.services.kinesis.model.ListShardsRequest;
import com.amazonaws.services.kinesis.model.PutRecordRequest;
import com.amazonaws.services.kinesis.model.PutRecordResult;
import com.amazonaws.services.kinesis.model.PutRecordsRequest;
import com.amazonaws.services.kinesis.model.PutRecordsRequestEntry;
import com.amazonaws.services.kinesis.model.PutRecordsResult;
import com.amazonaws.services.kinesis.model.ResourceNotFoundException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.http.conn.ssl.SSLConnectionSocketFactory;

/** The AWS SDK for Java v1, which the Kinesis Agent and many older programs use. It has no SubscribeToShard. */
final class SdkV1Client implements StreamsClient {
    private final AmazonKinesis kinesis;

    /** @param directory of the node, whose certificate is trusted */
    SdkV1Client(String url, Path directory) {
        ClientConfiguration configuration = new ClientConfiguration();
        configuration
                .getApacheHttpClientConfig()
                .setSslSocketFactory(new SSLConnectionSocketFactory(NodeCertificate.context(directory)));
        kinesis = AmazonKinesisClientBuilder.standard()
                .withEndpointConfiguration(new EndpointConfiguration(url, "us-east-1"))
                .withCredentials(new AWSStaticCredentialsProvider(new BasicAWSCredentials("test", "test")))
                .withClientConfiguration(configuration)
                .build();
    }

    @Override
    public void createStream(String stream, int shards) {
        kinesis.createStream(stream, shards);
    }

    @Override
    public String status(String stream) {
        return kinesis.describeStream(stream).getStreamDescription().getStreamStatus();
    }

    @Override
    public Placed put(String stream, Sent record) {
        PutRecordResult result = kinesis.putRecord(new PutRecordRequest()
                .withStreamName(stream)
                .withPartitionKey(record.key())
                .withExplicitHashKey(record.explicitHashKey())
                .withData(StandardCharsets.UTF_8.encode(record.data())));
        return new Placed(result.getShardId(), result.getSequenceNumber());
    }

    @Override
    public List<Placed> putAll(String stream, List<Sent> records) {
        PutRecordsResult result = kinesis.putRecords(new PutRecordsRequest()
                .withStreamName(stream)
                .withRecords(records.stream().map(SdkV1Client::entry).toList()));
        return result.getRecords().stream()
                .map(entry -> new Placed(entry.getShardId(), entry.getSequenceNumber()))
                .toList();
    }

    private static PutRecordsRequestEntry entry(Sent record) {
        return new PutRecordsRequestEntry()
                .withPartitionKey(record.key())
                .withExplicitHashKey(record.explicitHashKey())
                .withData(StandardCharsets.UTF_8.encode(record.data()));
    }

    @Override
    public List<Shard> shards(String stream) {
        return kinesis.listShards(new ListShardsRequest().withStreamName(stream)).getShards().stream()
                .map(shard ->
                        new Shard(shard.getShardId(), shard.getHashKeyRange().getEndingHashKey()))
                .toList();
    }

    @Override
    public String trimHorizon(String stream, String shardId) {
        return kinesis.getShardIterator(stream, shardId, "TRIM_HORIZON").getShardIterator();
    }

    @Override
    public Page read(String iterator, int limit) {
        GetRecordsResult result = kinesis.getRecords(
                new GetRecordsRequest().withShardIterator(iterator).withLimit(limit));
        return new Page(
                result.getRecords().stream()
                        .map(record -> new Read(
                                record.getPartitionKey(),
                                text(record.getData()),
                                record.getSequenceNumber(),
                                record.getApproximateArrivalTimestamp().toInstant()))
                        .toList(),
                result.getNextShardIterator());
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
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
        kinesis.deleteStream(stream);
    }

    @Override
    public Refusal refusalOfDescribing(String stream) {
        try {
            kinesis.describeStream(stream);
        } catch (ResourceNotFoundException e) {
            return new Refusal(e.getErrorCode(), e.getErrorMessage(), e.getStatusCode(), e.getRequestId());
        }
        throw new AssertionError("nothing was thrown");
    }

    @Override
    public void close() {
        kinesis.shutdown();
    }
}
