package io.millrace.firehose.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.firehose.buffer.EncodingMemory;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import io.millrace.firehose.delivery.ShardRange;
import io.millrace.firehose.engine.DeliveryEngine;
import io.millrace.firehose.engine.DeliveryListener;
import io.millrace.firehose.format.RecordEncoder;
import io.millrace.firehose.ledger.Commit;
import io.millrace.firehose.ledger.Ledger;
import io.millrace.firehose.ledger.StalePositionException;
import io.millrace.firehose.ledger.Upload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine over a file system of Flink. */
@Timeout(60)
class FlinkUploadsTest {
    @TempDir
    Path directory;

    private Delivered delivered;
    private final List<String> rejected = new ArrayList<>();

    @BeforeEach
    void bucket() {
        delivered = new Delivered(directory);
    }

    private DeliveryEngine engine(DeliverySpec spec) throws IOException {
        DeliveryEngine engine = new DeliveryEngine(
                spec,
                new DeliveryEngine.Parts(
                        delivered.ledger(),
                        new FlinkUploads(spec.objects()),
                        directory.resolve(".scratch"),
                        EncodingMemory.ofProcess(),
                        () -> 42,
                        new Listener()));
        engine.start();
        return engine;
    }

    private final class Listener implements DeliveryListener {
        @Override
        public void delivered(long records, long bytes, long oldestEpochMillis) {}

        @Override
        public void rejected(RecordEncoder.Rejected record) {
            rejected.add(record.record().sequenceNumber());
        }

        @Override
        public void repeated() {}
    }

    private static DeliveryRecord record(int number, String data) {
        return new DeliveryRecord("shard", Integer.toString(number), 0, data.getBytes(UTF_8));
    }

    private void deliver(DeliverySpec spec, String... data) throws IOException {
        try (DeliveryEngine engine = engine(spec)) {
            for (int i = 0; i < data.length; i++) {
                engine.accept(record(i + 1, data[i]));
            }
            engine.seal();
        }
    }

    private DeliverySpec plain() {
        return delivered.spec(Compression.NONE, "\n", List.of());
    }

    private DeliverySpec parquet() {
        return delivered.spec(Compression.PARQUET_SNAPPY, "", List.of(new DeliverySpec.Column("id", "int")));
    }

    @Test
    void anObjectHasTheRecordsAndANameAsFirehoseGivesIt() throws IOException {
        deliver(plain(), "a", "b");
        assertThat(delivered.keys()).singleElement().satisfies(key -> {
            assertThat(key).startsWith("data/1970/orders-1-1970-01-01-00-00-00-");
            assertThat(delivered.content(key)).isEqualTo("a\nb\n");
        });
    }

    @Test
    void recordsThatTheLedgerHasArePassedOver() throws IOException {
        deliver(plain(), "a", "b");
        deliver(plain(), "a", "b", "c");
        assertThat(delivered.keys()).hasSize(2);
        assertThat(delivered.keys().stream().map(this::contentOf)).containsExactlyInAnyOrder("a\nb\n", "c\n");
    }

    private String contentOf(String key) {
        try {
            return delivered.content(key);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anUploadIsInvisibleUntilItIsCommittedAndTheNextJobCompletesWhatWasDecided() throws IOException {
        FlinkUploads uploads = new FlinkUploads(plain().objects());
        Commit commit = commit(upload(uploads));
        assertThat(delivered.keys()).isEmpty();
        Ledger ledger = delivered.ledger();
        ledger.refresh();
        assertThatThrownBy(() -> ledger.commit(commit, upload -> {
                    throw new IOException("killed");
                }))
                .hasMessage("killed");
        assertThat(delivered.keys()).isEmpty();

        try (DeliveryEngine next = engine(plain())) {
            assertThat(delivered.keys()).containsExactly("data/object");
            next.accept(record(5, "again"));
            assertThat(next.isEmpty()).isTrue();
        }
    }

    private static Upload upload(FlinkUploads uploads) throws IOException {
        Upload upload = uploads.upload("data/object", false, out -> {
            out.write('x');
            return true;
        });
        assertThat(upload).isNotNull();
        return upload;
    }

    private static Commit commit(Upload upload) {
        return new Commit(List.of(new ShardRange("shard", "", "1", "9")), List.of(upload), 42, null);
    }

    /** The reader has begun behind a commit that was withdrawn meanwhile. */
    @Test
    void readingBeyondTheLedgerIsRefused() throws IOException {
        deliver(plain(), "a", "b");
        try (DeliveryEngine engine = engine(plain())) {
            engine.accept(DeliveryRecord.start("shard", "1"));
            engine.accept(DeliveryRecord.start("shard", "2"));
            assertThatThrownBy(() -> engine.accept(DeliveryRecord.start("shard", "10")))
                    .isInstanceOf(StalePositionException.class);
            assertThatThrownBy(() -> engine.accept(DeliveryRecord.start("other", "1")))
                    .isInstanceOf(StalePositionException.class);
        }
    }

    @Test
    void aJobThatIsOvertakenDeliversNothing() throws IOException {
        try (DeliveryEngine slow = engine(plain())) {
            slow.accept(record(1, "a"));
            slow.accept(record(2, "b"));
            deliver(plain(), "a");
            assertThatThrownBy(slow::seal).isInstanceOf(StalePositionException.class);
        }
        assertThat(delivered.keys()).hasSize(1);
    }

    @Test
    void recordsThatCannotBeConvertedGoUnderTheErrorPrefixAndTheOthersAreDelivered() throws IOException {
        deliver(parquet(), "{\"id\":1}", "bad", "{\"id\":2}");
        assertThat(delivered.keys()).hasSize(2);
        assertThat(delivered.keys().get(0)).startsWith("data/1970/orders-1-").endsWith(".parquet");
        assertThat(delivered.keys().get(1)).startsWith("errors/format-conversion-failed/1970/01/01/00/orders-1-");
        assertThat(delivered.content(delivered.keys().get(1)))
                .contains("\"rawData\":\"YmFk\"", "\"attemptEndingTimestamp\":42")
                .hasLineCount(1);
        assertThat(rejected).containsExactly("2");
    }

    @Test
    void aBatchOfNothingButBadRecordsLeavesNoEmptyObject() throws IOException {
        deliver(parquet(), "bad", "worse");
        assertThat(delivered.keys()).singleElement().asString().startsWith("errors/");
    }

    /** An upload without a byte cannot be completed on S3, and would be tried for ever. */
    @Test
    void recordsWithoutAByteMakeNoObject() throws IOException {
        DeliverySpec spec = delivered.spec(Compression.NONE, "", List.of());
        deliver(spec, "", "");
        assertThat(delivered.keys()).isEmpty();
        deliver(spec, "", "", "", "a");
        assertThat(delivered.keys())
                .singleElement()
                .satisfies(key -> assertThat(delivered.content(key)).isEqualTo("a"));
    }

    @Test
    void anUploadInACheckpointOfAnEarlierVersionIsCompletedOnce() throws IOException {
        Upload upload = upload(new FlinkUploads(plain().objects()));
        for (int restart = 0; restart < 2; restart++) {
            try (ObjectCommitter committer = new ObjectCommitter(plain())) {
                committer.commit(List.of(new Request(
                        new ObjectCommittable(upload.path(), upload.handleVersion(), upload.handle(), false, 42))));
            }
            assertThat(delivered.keys()).containsExactly("data/object");
        }
    }

    /** What Flink hands a committer. */
    private record Request(ObjectCommittable getCommittable) implements Committer.CommitRequest<ObjectCommittable> {
        @Override
        public int getNumberOfRetries() {
            return 0;
        }

        @Override
        public void signalFailedWithKnownReason(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void retryLater() {
            throw new AssertionError("retried");
        }

        @Override
        public void updateAndRetryLater(ObjectCommittable committable) {
            throw new AssertionError("retried");
        }

        @Override
        public void signalAlreadyCommitted() {}
    }
}
