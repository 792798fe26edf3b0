package io.millrace.firehose.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.delivery.Batch;
import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.DeliverySpec.Compression;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.connector.sink2.Committer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writer and committer over a local file system, as they are called by Flink. */
@Timeout(30)
class ObjectSinkTest {
    private static final ObjectCommittable.Serializer SERIALIZER = new ObjectCommittable.Serializer();

    @TempDir
    Path bucket;

    private DeliverySpec spec(Compression compression, List<DeliverySpec.Column> columns) {
        return spec(compression, "\n", columns);
    }

    private DeliverySpec spec(Compression compression, String delimiter, List<DeliverySpec.Column> columns) {
        return new DeliverySpec(
                "orders",
                "arn:orders",
                "1",
                new DeliverySpec.Source("arn:source", null, "us-east-1", 0),
                new DeliverySpec.ObjectTarget(
                        bucket.toUri().toString().replaceFirst("/$", ""),
                        "data/!{timestamp:yyyy}/",
                        "errors/",
                        "UTC",
                        1,
                        1,
                        compression,
                        null,
                        delimiter,
                        columns),
                null);
    }

    private DeliverySpec plain() {
        return spec(Compression.NONE, List.of());
    }

    private static Batch batch(int from, String... data) {
        List<DeliveryRecord> records = new ArrayList<>();
        for (String one : data) {
            records.add(new DeliveryRecord("shard", Integer.toString(from + records.size()), 0, one.getBytes(UTF_8)));
        }
        return new Batch(records);
    }

    private static List<ObjectCommittable> write(DeliverySpec spec, Batch... batches) throws IOException {
        try (ObjectWriter writer = new ObjectWriter(spec, () -> 42)) {
            for (Batch batch : batches) {
                writer.write(batch, null);
            }
            writer.flush(false);
            List<ObjectCommittable> committables = List.copyOf(writer.prepareCommit());
            assertThat(writer.prepareCommit()).isEmpty();
            return committables;
        }
    }

    /** A new committer, with what a restarted job would read from its state. */
    private static List<Request> commit(DeliverySpec spec, List<ObjectCommittable> committables) throws IOException {
        List<Request> requests = new ArrayList<>();
        for (ObjectCommittable one : committables) {
            requests.add(new Request(SERIALIZER.deserialize(SERIALIZER.getVersion(), SERIALIZER.serialize(one))));
        }
        try (ObjectCommitter committer = new ObjectCommitter(spec)) {
            committer.commit(List.copyOf(requests));
        }
        return requests;
    }

    private List<String> visible() throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .map(file -> bucket.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private String content(String key) throws IOException {
        return Files.readString(bucket.resolve(key));
    }

    @Test
    void anObjectIsInvisibleUntilItIsCommittedAndWholeThen() throws IOException {
        List<ObjectCommittable> committables = write(plain(), batch(1, "a", "b"), batch(3, "c"));
        assertThat(committables).hasSize(2);
        assertThat(visible()).isEmpty();

        commit(plain(), committables.subList(0, 1));
        assertThat(visible()).singleElement().satisfies(key -> {
            assertThat(key).startsWith("data/1970/orders-1-1970-01-01-00-00-00-");
            assertThat(content(key)).isEqualTo("a\nb\n");
        });
        commit(plain(), committables.subList(1, 2));
        assertThat(visible()).hasSize(2);
    }

    @Test
    void committingAgainAfterARestartChangesNothing() throws IOException {
        List<ObjectCommittable> committables = write(plain(), batch(1, "a"));
        commit(plain(), committables);
        List<String> before = visible();
        List<Request> again = commit(plain(), committables);
        assertThat(visible()).isEqualTo(before);
        assertThat(content(before.get(0))).isEqualTo("a\n");
        assertThat(again).noneMatch(request -> request.retried);
    }

    @Test
    void theSameBatchSealedAgainAfterARestartIsTheSameObject() throws IOException {
        commit(plain(), write(plain(), batch(1, "a", "b")));
        commit(plain(), write(plain(), batch(1, "a", "b")));
        assertThat(visible()).hasSize(1);
        assertThat(content(visible().get(0))).isEqualTo("a\nb\n");
    }

    @Test
    void recordsThatCannotBeConvertedGoUnderTheErrorPrefixAndTheOthersAreDelivered() throws IOException {
        DeliverySpec spec = spec(Compression.PARQUET_SNAPPY, List.of(new DeliverySpec.Column("id", "int")));
        List<ObjectCommittable> committables = write(spec, batch(1, "{\"id\":1}", "bad", "{\"id\":2}"));
        assertThat(visible()).isEmpty();
        commit(spec, committables);
        assertThat(visible()).hasSize(2);
        assertThat(visible().get(0)).startsWith("data/1970/orders-1-").endsWith(".parquet");
        assertThat(visible().get(1)).startsWith("errors/format-conversion-failed/1970/01/01/00/orders-1-");
        assertThat(content(visible().get(1)))
                .contains("\"rawData\":\"YmFk\"", "\"attemptEndingTimestamp\":42")
                .hasLineCount(1);
    }

    @Test
    void aBatchOfNothingButBadRecordsLeavesNoEmptyObject() throws IOException {
        DeliverySpec spec = spec(Compression.PARQUET_SNAPPY, List.of(new DeliverySpec.Column("id", "int")));
        commit(spec, write(spec, batch(1, "bad", "worse")));
        assertThat(visible()).singleElement().asString().startsWith("errors/");
    }

    /** An upload without a byte cannot be completed on S3, and would be tried for ever. */
    @Test
    void recordsWithoutAByteMakeNoObject() throws IOException {
        DeliverySpec spec = spec(Compression.NONE, "", List.of());
        assertThat(write(spec, batch(1, "", ""))).isEmpty();
        commit(spec, write(spec, batch(3, "", "a")));
        assertThat(visible())
                .singleElement()
                .satisfies(key -> assertThat(content(key)).isEqualTo("a"));
    }

    /** What Flink hands a committer. */
    private static final class Request implements Committer.CommitRequest<ObjectCommittable> {
        private final ObjectCommittable object;
        private boolean retried;

        Request(ObjectCommittable object) {
            this.object = object;
        }

        @Override
        public ObjectCommittable getCommittable() {
            return object;
        }

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
            retried = true;
        }

        @Override
        public void updateAndRetryLater(ObjectCommittable committable) {
            retried = true;
        }

        @Override
        public void signalAlreadyCommitted() {}
    }
}
