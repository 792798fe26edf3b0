package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.StreamsClient.Page;
import io.millrace.ingest.StreamsClient.Placed;
import io.millrace.ingest.StreamsClient.Read;
import io.millrace.ingest.StreamsClient.Refusal;
import io.millrace.ingest.StreamsClient.Sent;
import io.millrace.ingest.StreamsClient.Shard;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** The round trip of {@code src/test/clients/README.md}, for clients that run in this JVM. */
final class RoundTrip {
    private static final String LAST_HASH_KEY = "340282366920938463463374607431768211455";
    private static final int PAGE = 3;
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

    private record Stored(String data, Placed placed) {}

    private final StreamsClient client;
    private final String stream = "stream-" + UUID.randomUUID();
    private final Map<String, Stored> put = new HashMap<>();

    private RoundTrip(StreamsClient client) {
        this.client = client;
    }

    static void of(StreamsClient client) throws Exception {
        new RoundTrip(client).run();
    }

    private void run() throws Exception {
        client.createStream(stream, 2);
        while (!client.status(stream).equals("ACTIVE")) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        putOneAndTen();
        List<Shard> shards = client.shards(stream);
        assertThat(shards).hasSize(2);
        assertThat(shards)
                .filteredOn(shard -> shard.endingHashKey().equals(LAST_HASH_KEY))
                .extracting(Shard::id)
                .containsExactly(put.get("key-9").placed().shardId());
        Map<String, List<Read>> polled = poll(shards);
        assertWhatWasPut(polled);
        if (client.subscribes()) {
            Map<String, List<Read>> pushed = new HashMap<>();
            for (Map.Entry<String, List<Read>> shard : polled.entrySet()) {
                pushed.put(
                        shard.getKey(),
                        client.pushed(stream, shard.getKey(), shard.getValue().size()));
            }
            assertWhatWasPut(pushed);
        }
        assertRefusedAsMissing(stream + "-missing");
        client.deleteStream(stream);
        awaitGone();
    }

    private void putOneAndTen() throws Exception {
        Sent single = new Sent("single", null, "data-single-\u00e9");
        put.put(single.key(), new Stored(single.data(), client.put(stream, single)));
        List<Sent> ten = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ten.add(new Sent("key-" + i, i == 9 ? LAST_HASH_KEY : null, "data-" + i));
        }
        List<Placed> placed = client.putAll(stream, ten);
        assertThat(placed).hasSize(10);
        for (int i = 0; i < 10; i++) {
            put.put(ten.get(i).key(), new Stored(ten.get(i).data(), placed.get(i)));
        }
    }

    private Map<String, List<Read>> poll(List<Shard> shards) throws Exception {
        Map<String, List<Read>> polled = new HashMap<>();
        for (Shard shard : shards) {
            long wanted = put.values().stream()
                    .filter(stored -> stored.placed().shardId().equals(shard.id()))
                    .count();
            List<Read> records = new ArrayList<>();
            String iterator = client.trimHorizon(stream, shard.id());
            while (records.size() < wanted) {
                Page page = client.read(iterator, PAGE);
                assertThat(page.records()).hasSizeLessThanOrEqualTo(PAGE);
                records.addAll(page.records());
                iterator = page.nextIterator();
            }
            polled.put(shard.id(), records);
        }
        return polled;
    }

    private void assertWhatWasPut(Map<String, List<Read>> byShard) {
        int count = 0;
        for (Map.Entry<String, List<Read>> shard : byShard.entrySet()) {
            BigInteger last = BigInteger.ZERO;
            for (Read read : shard.getValue()) {
                assertThat(put.get(read.key()))
                        .as(read.key())
                        .isEqualTo(new Stored(read.data(), new Placed(shard.getKey(), read.sequenceNumber())));
                assertThat(new BigInteger(read.sequenceNumber())).isGreaterThan(last);
                assertThat(Duration.between(read.arrival(), Instant.now()).abs())
                        .isLessThan(CLOCK_TOLERANCE);
                last = new BigInteger(read.sequenceNumber());
                count++;
            }
        }
        assertThat(count).isEqualTo(put.size());
    }

    private void assertRefusedAsMissing(String missing) throws Exception {
        Refusal refusal = client.refusalOfDescribing(missing);
        assertThat(refusal.code()).isEqualTo("ResourceNotFoundException");
        assertThat(refusal.message()).isEqualTo("Stream %s under account 000000000000 not found.".formatted(missing));
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(UUID.fromString(refusal.requestId())).isNotNull();
    }

    private void awaitGone() throws Exception {
        while (true) {
            try {
                assertThat(client.status(stream)).isEqualTo("DELETING");
            } catch (RuntimeException | java.util.concurrent.ExecutionException e) {
                assertThat(e).hasMessageContaining("Stream %s under account 000000000000 not found.".formatted(stream));
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
