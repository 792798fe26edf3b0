package io.millrace.server.demo;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;

/** Puts the flights into their stream, in order, five hundred a call, the origin as partition key. */
final class Replay {
    private static final int BATCH = 500;

    private Replay() {}

    /**
     * @param progress is told how many flights have been acknowledged
     * @return the last departure that went to each shard, epoch milliseconds
     */
    static Map<String, Long> run(KinesisClient kinesis, String stream, List<Flight> flights, IntConsumer progress) {
        Map<String, Long> lastByShard = new HashMap<>();
        for (int from = 0; from < flights.size(); from += BATCH) {
            List<Flight> batch = flights.subList(from, Math.min(flights.size(), from + BATCH));
            PutRecordsResponse response = kinesis.putRecords(request -> request.streamName(stream)
                    .records(batch.stream().map(Replay::entry).toList()));
            if (response.failedRecordCount() > 0) {
                throw new IllegalStateException(
                        String.format(Locale.ROOT, "%d flights were refused", response.failedRecordCount()));
            }
            for (int i = 0; i < batch.size(); i++) {
                lastByShard.merge(
                        response.records().get(i).shardId(), batch.get(i).departureEpochMillis(), Math::max);
            }
            progress.accept(from + batch.size());
        }
        return lastByShard;
    }

    private static PutRecordsRequestEntry entry(Flight flight) {
        return PutRecordsRequestEntry.builder()
                .partitionKey(flight.origin())
                .data(SdkBytes.fromUtf8String(flight.json()))
                .build();
    }
}
