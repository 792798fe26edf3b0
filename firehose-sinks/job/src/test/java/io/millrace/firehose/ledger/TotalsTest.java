package io.millrace.firehose.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.delivery.ShardRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is counted of a delivery, over the ends of its tasks. */
class TotalsTest {
    @TempDir
    Path directory;

    private final FailedAttempts failed = new FailedAttempts();
    private Ledger ledger;

    @BeforeEach
    void open() throws IOException {
        ledger = new Ledger(
                new FileVersionStore(directory),
                "stream",
                () -> UUID.randomUUID().toString(),
                failed);
        ledger.refresh();
    }

    private void deliver(String after, String last, long records, long bytes) throws IOException {
        Upload object = new Upload("object-" + last, 1, new byte[0], true);
        ledger.commit(
                new Commit(
                        List.of(new ShardRange("shard", after, last, last)),
                        List.of(object),
                        0,
                        new Amount(records, bytes)),
                upload -> {});
    }

    private JsonNode totals(String destination) throws IOException {
        FileVersionStore store = new FileVersionStore(directory);
        return JsonMapper.shared()
                .readTree(store.get(store.versions().last()))
                .get("totals")
                .get(destination);
    }

    @Test
    void bothDestinationsAreCountedWhenTheyHaveTheRecords() throws IOException {
        deliver("", "5", 5, 50);
        deliver("5", "8", 3, 30);
        assertThat(totals("objects").toString())
                .isEqualTo("{\"records\":8,\"bytes\":80,\"deliveries\":2,\"failures\":0}");
        assertThat(totals("warehouse").toString())
                .isEqualTo("{\"records\":0,\"bytes\":0,\"deliveries\":0,\"failures\":0}");

        ledger.copied(ledger.copies().get(0));
        ledger.givenUp(ledger.copies().get(0));
        assertThat(ledger.copies()).isEmpty();
        assertThat(totals("warehouse").toString())
                .isEqualTo("{\"records\":5,\"bytes\":50,\"deliveries\":1,\"failures\":0}");
    }

    @Test
    void failuresOfATaskThatEndedAreWrittenByTheNextAndOnce() throws IOException {
        ledger.batchFailed();
        ledger.batchFailed();
        ledger.copyFailed();
        open(); // the task is started again
        deliver("", "5", 5, 50);
        deliver("5", "6", 1, 10);
        assertThat(totals("objects").get("failures").asLong()).isEqualTo(2);
        assertThat(totals("warehouse").get("failures").asLong()).isEqualTo(1);
    }

    @Test
    void aLedgerOfAnEarlierVersionIsCountedFromNowOn() throws IOException {
        new FileVersionStore(directory)
                .putIfAbsent(
                        2,
                        ("{\"source\":\"stream\",\"positions\":{\"shard\":\"4\"},\"commit\":{\"ranges\":[{\"shardId\":"
                                        + "\"shard\",\"after\":\"3\",\"first\":\"4\",\"last\":\"4\"}],\"uploads\":[],"
                                        + "\"sealedEpochMillis\":7},\"copies\":[{\"path\":\"o\",\"ranges\":[],"
                                        + "\"sealedEpochMillis\":7}],\"stamps\":[\"a\"]}")
                                .getBytes(UTF_8));
        open();
        ledger.copied(ledger.copies().get(0));
        deliver("4", "5", 1, 10);
        assertThat(totals("objects").get("records").asLong()).isEqualTo(1);
        assertThat(totals("objects").get("deliveries").asLong()).isEqualTo(2);
        assertThat(totals("warehouse").get("deliveries").asLong()).isEqualTo(1);
    }
}
