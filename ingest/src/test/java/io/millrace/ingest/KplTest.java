package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.millrace.ingest.AggregatedRecord.UserRecord;
import io.millrace.ingest.ProducedRecords.Found;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.producer.UserRecordResult;

/** The unmodified Kinesis Producer Library, over TLS as it insists, with the daemon that its jar brings. */
@Timeout(180)
class KplTest {
    private static final int RECORDS = 5000;

    @TempDir
    static Path directory;

    private static StreamsServer server;

    @BeforeAll
    static void start() {
        server = StreamsServer.start(directory.resolve("node"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aggregatedRecordsArriveOnceEachWhereTheProducerWasTold() throws Exception {
        List<UserRecord> records = records(RECORDS, new Random(1));
        server.takeWire();
        try (ProducedRecords produced = new ProducedRecords(server, "aggregated", 4)) {
            server.takeWire();
            Map<String, UserRecordResult> told = new HashMap<>();
            try (Producer producer = new Producer(server, "aggregated", directory, c -> c)) {
                // It does not aggregate before it knows the shards.
                told.putAll(putAll(producer, records.subList(0, 1)));
                told.putAll(putAll(producer, records.subList(1, RECORDS)));
            }
            assertThat(server.takeWire()).containsExactly("tls h1 application/x-amz-json-1.1");

            List<Found> found = produced.all();
            assertThat(found.stream().map(one -> one.record().plain()))
                    .containsExactlyInAnyOrderElementsOf(
                            records.stream().map(UserRecord::plain).toList());
            assertThat(found)
                    .filteredOn(Found::aggregated)
                    .hasSizeGreaterThan(RECORDS / 2)
                    .extracting(Found::record)
                    .isSubsetOf(records);
            assertThat(found.stream().map(Found::sequenceNumber).distinct()).hasSizeLessThan(RECORDS / 2);
            assertThat(found).allSatisfy(one -> {
                UserRecordResult result = told.get(one.record().data());
                assertThat(one.shardId()).isEqualTo(result.getShardId());
                assertThat(one.sequenceNumber()).isEqualTo(result.getSequenceNumber());
            });
            assertOnTheirShards(found.stream().filter(Found::aggregated).toList(), produced.shards());
        }
    }

    @Test
    void recordsThatAreNotAggregatedArriveOnceEachToo() throws Exception {
        List<UserRecord> records =
                records(500, new Random(2)).stream().map(UserRecord::plain).toList();
        try (ProducedRecords produced = new ProducedRecords(server, "plain", 2)) {
            try (Producer producer = new Producer(server, "plain", directory, c -> c.setAggregationEnabled(false))) {
                putAll(producer, records);
            }
            List<Found> found = produced.all();
            assertThat(found).extracting(Found::record).containsExactlyInAnyOrderElementsOf(records);
            assertThat(found).noneMatch(Found::aggregated);
            assertOnTheirShards(found, produced.shards());
        }
    }

    /** Returns what the producer was told of each record, by its data. */
    private static Map<String, UserRecordResult> putAll(Producer producer, List<UserRecord> records) throws Exception {
        List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
        for (UserRecord record : records) {
            results.add(producer.put(record));
        }
        producer.flush();
        Map<String, UserRecordResult> told = new HashMap<>();
        for (int i = 0; i < records.size(); i++) {
            UserRecordResult result = results.get(i).get();
            assertThat(result.isSuccessful()).isTrue();
            told.put(records.get(i).data(), result);
        }
        return told;
    }

    /** Different in their data; few keys, one record in ten with an explicit hash key. */
    private static List<UserRecord> records(int count, Random random) {
        List<UserRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String hashKey = i % 10 == 0 ? new BigInteger(128, random).toString() : null;
            String data = "data-%d-%s".formatted(i, "\u00e9".repeat(random.nextInt(100)));
            records.add(new UserRecord("key-\u00fc-" + random.nextInt(300), hashKey, data));
        }
        return records;
    }

    private static void assertOnTheirShards(List<Found> found, List<Shard> shards) {
        Map<String, Shard> byId = shards.stream().collect(Collectors.toMap(Shard::shardId, shard -> shard));
        assertThat(found.stream().map(Found::shardId).distinct()).hasSameSizeAs(shards);
        assertThat(found)
                .allMatch(one -> ProducedRecords.owns(
                        byId.get(one.shardId()), one.record().hashKey()));
    }
}
