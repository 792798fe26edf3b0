package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.AggregatedRecord.UserRecord;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** A stream for a {@link Producer}, and everything that stands in it, read as the Kinesis Client Library reads it. */
final class ProducedRecords implements AutoCloseable {
    private final KinesisClient client;
    private final String stream;

    /** A user's record and where it stands. */
    record Found(String shardId, String sequenceNumber, boolean aggregated, UserRecord record) {}

    ProducedRecords(StreamsServer server, String stream, int shards) throws InterruptedException {
        this.stream = stream;
        this.client = KinesisClient.builder()
                .endpointOverride(URI.create(server.url("http")))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        client.createStream(r -> r.streamName(stream).shardCount(shards));
        awaitActive();
    }

    KinesisClient client() {
        return client;
    }

    void awaitActive() throws InterruptedException {
        while (client.describeStreamSummary(r -> r.streamName(stream))
                        .streamDescriptionSummary()
                        .streamStatus()
                != StreamStatus.ACTIVE) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    List<Shard> shards() {
        return client.listShards(r -> r.streamName(stream)).shards();
    }

    /**
     * Returns all user records. One whose hash key is not in the range of the shard where it stands is left out, as the client
     * library does: the producer had not yet learned of a reshard, and has put it again.
     */
    List<Found> all() throws IOException {
        List<Found> found = new ArrayList<>();
        for (Shard shard : shards()) {
            for (Record record : records(shard)) {
                byte[] data = record.data().asByteArray();
                if (!AggregatedRecord.is(data)) {
                    UserRecord plain = new UserRecord(
                            record.partitionKey(), null, record.data().asUtf8String());
                    found.add(new Found(shard.shardId(), record.sequenceNumber(), false, plain));
                    continue;
                }
                for (UserRecord user : AggregatedRecord.userRecords(data)) {
                    if (owns(shard, user.hashKey())) {
                        found.add(new Found(shard.shardId(), record.sequenceNumber(), true, user));
                    }
                }
            }
        }
        return found;
    }

    private List<Record> records(Shard shard) {
        List<Record> records = new ArrayList<>();
        String iterator = client.getShardIterator(
                        r -> r.streamName(stream).shardId(shard.shardId()).shardIteratorType("TRIM_HORIZON"))
                .shardIterator();
        while (iterator != null) {
            String next = iterator;
            GetRecordsResponse page = client.getRecords(r -> r.shardIterator(next));
            records.addAll(page.records());
            assertThat(page.millisBehindLatest()).isNotNegative();
            iterator = page.records().isEmpty() && page.millisBehindLatest() == 0 ? null : page.nextShardIterator();
        }
        return records;
    }

    static boolean owns(Shard shard, BigInteger hashKey) {
        return hashKey.compareTo(new BigInteger(shard.hashKeyRange().startingHashKey())) >= 0
                && hashKey.compareTo(new BigInteger(shard.hashKeyRange().endingHashKey())) <= 0;
    }

    @Override
    public void close() {
        client.close();
    }
}
