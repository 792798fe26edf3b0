package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.control.Delivery;
import io.millrace.ingest.Ingest;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.ReservedNamespace;
import io.millrace.server.metrics.DeliveryFigures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How far behind a delivery is, by what its job has written down and what the log holds. No job runs here. */
@Timeout(60)
class DeliveriesTest {
    private static final String BUFFER = "000000000000.us-east-1.orders.1700000000000";
    private static final String SHARD = "shardId-000000000000";
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final Delivery delivery =
            new Delivery(Namespace.DEFAULT, "orders", BUFFER, "", START.toEpochMilli(), "lake", "ledger/", true);
    private Ingest ingest;
    private StreamBuffers buffers;
    private Deliveries deliveries;
    private String document = "";
    private boolean answers = true;

    @BeforeEach
    void start() throws Exception {
        ingest = Ingest.open(directory, new Durability.OperatingSystem(), Duration.ZERO, now::get);
        AccessKey jobs = new AccessKey("jobs", "secret", Namespace.DEFAULT_ACCOUNT, "");
        buffers = new StreamBuffers(ingest.streams(), ingest.records(), jobs);
        buffers.create(BUFFER);
        deliveries = new Deliveries(
                () -> List.of(delivery), (bucket, prefix) -> newest(), ingest.streams(), ingest.records(), now::get);
    }

    private byte[] newest() throws IOException {
        if (!answers) {
            throw new IOException("no answer");
        }
        return document.isEmpty() ? null : document.getBytes(StandardCharsets.UTF_8);
    }

    @AfterEach
    void stop() throws Exception {
        ingest.close();
    }

    private String put(int seconds) throws Exception {
        now.set(START.plusSeconds(seconds));
        return buffers.put(BUFFER, List.of(new byte[] {'x'}))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .get(0);
    }

    private Long oldestSecond(DeliveryFigures.Side side) {
        return side.oldestMillis() == null ? null : (side.oldestMillis() - START.toEpochMilli()) / 1000;
    }

    private DeliveryFigures.Delivery look() {
        List<DeliveryFigures.Delivery> seen = deliveries.look();
        assertThat(seen).hasSize(1);
        return seen.get(0);
    }

    private void written(String position, String copies, String commit) {
        Stream stream = ingest.streams()
                .find(new StreamKey(ReservedNamespace.NAMESPACE, BUFFER))
                .orElseThrow();
        document = ("{'source':'" + stream.arn() + " " + stream.createdEpochMillis() + "','positions':{'" + SHARD
                        + "':'"
                        + position + "'},'commit':" + commit + ",'copies':[" + copies + "],'stamps':[],"
                        + "'totals':{'objects':{'records':2,'bytes':20,'deliveries':1,'failures':3},"
                        + "'warehouse':{'records':1,'bytes':10,'deliveries':1,'failures':0}}}")
                .replace('\'', '"');
    }

    private static String range(String after, String last) {
        return "{'ranges':[{'shardId':'" + SHARD + "','after':'" + after + "','first':'" + last + "','last':'" + last
                + "'}]}";
    }

    @Test
    void aDeliveryWhoseJobHasWrittenNothingIsAsFarBehindAsItsOldestRecord() throws Exception {
        assertThat(oldestSecond(look().objects())).isNull();
        put(10);
        put(20);
        assertThat(oldestSecond(look().objects())).isEqualTo(10);
    }

    @Test
    void whatIsDeliveredIsNoMoreOldAndTheWarehouseMayBeFartherBehind() throws Exception {
        String first = put(10);
        String second = put(20);
        String third = put(30);
        put(40);
        written(third, range(first, second) + "," + range(second, third), "null");

        DeliveryFigures.Delivery seen = look();
        assertThat(oldestSecond(seen.objects())).isEqualTo(40);
        assertThat(oldestSecond(seen.warehouse())).isEqualTo(20);
        assertThat(seen.waitingCopies()).isEqualTo(2);
        assertThat(seen.objects().attempts()).isEqualTo(4);
        assertThat(seen.objects().failures()).isEqualTo(3);

        written(third, "", range(second, third));
        assertThat(oldestSecond(look().objects()))
                .as("decided, and perhaps not visible yet")
                .isEqualTo(30);
        written(third, "", range("", third));
        assertThat(oldestSecond(look().objects())).as("the first batch").isEqualTo(10);
    }

    @Test
    void aDeliveryIsTakenToBeWhereItWasWhileTheObjectStoreIsSilent() throws Exception {
        answers = false;
        put(10);
        assertThat(deliveries.look()).as("nothing is known").isEmpty();
        answers = true;
        written(put(20), "", "null");
        long read = look().readMillis();
        assertThat(read).isEqualTo(START.plusSeconds(20).toEpochMilli());

        answers = false;
        put(30);
        DeliveryFigures.Delivery seen = look();
        assertThat(oldestSecond(seen.objects())).isEqualTo(30);
        assertThat(seen.readMillis()).isEqualTo(read);
    }

    @Test
    void positionsOfAnotherStreamOfTheSameNameDoNotCount() throws Exception {
        String first = put(10);
        written(first, "", "null");
        document = document.replace(":stream/", ":stream/other-");
        assertThat(oldestSecond(look().objects())).isEqualTo(10);
    }
}
