package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Metric;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.arn.Namespace;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** What calls leave in the metrics of their stream. */
class StreamMetricsTest {
    private static final SdkBytes DATA = SdkBytes.fromByteArray(new byte[100]);

    @TempDir
    Path directory;

    @Test
    void putsAndReadsAreCountedUnderTheNamesOfCloudWatch() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            String stream = Clients.createStream(client, 1);
            client.putRecord(r -> r.streamName(stream).partitionKey("key").data(DATA));
            PutRecordsRequestEntry entry = PutRecordsRequestEntry.builder()
                    .partitionKey("key")
                    .data(DATA)
                    .build();
            client.putRecords(r -> r.streamName(stream).records(Collections.nCopies(4, entry)));
            TimeUnit.MILLISECONDS.sleep(20);
            String iterator = client.getShardIterator(r -> r.streamName(stream)
                            .shardId("shardId-000000000000")
                            .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                    .shardIterator();
            client.getRecords(r -> r.shardIterator(iterator).limit(2));

            Map<Metric, Long> counted = new EnumMap<>(Metric.class);
            for (Metric metric : Metric.values()) {
                long sum = server.metrics().of(new StreamKey(Namespace.DEFAULT, stream), metric);
                if (sum > 0 && !metric.cloudWatchName().endsWith("Latency")) {
                    counted.put(metric, sum);
                }
            }
            assertThat(counted.remove(Metric.GET_RECORDS_ITERATOR_AGE_MILLISECONDS))
                    .isBetween(20L, 60_000L);
            assertThat(counted.remove(Metric.GET_RECORDS_SUCCESS)).isEqualTo(1);
            assertThat(counted)
                    .isEqualTo(Map.of(
                            Metric.INCOMING_BYTES, 515L,
                            Metric.INCOMING_RECORDS, 5L,
                            Metric.PUT_RECORD_BYTES, 103L,
                            Metric.PUT_RECORD_SUCCESS, 1L,
                            Metric.PUT_RECORDS_BYTES, 412L,
                            Metric.PUT_RECORDS_SUCCESS, 1L,
                            Metric.PUT_RECORDS_TOTAL, 4L,
                            Metric.PUT_RECORDS_SUCCESSFUL, 4L,
                            Metric.GET_RECORDS_BYTES, 206L,
                            Metric.GET_RECORDS_RECORDS, 2L));
        }
    }
}
