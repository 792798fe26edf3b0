package io.millrace.firehose.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.InvalidArgumentException;
import software.amazon.awssdk.services.firehose.model.LimitExceededException;
import software.amazon.awssdk.services.firehose.model.ListTagsForDeliveryStreamResponse;
import software.amazon.awssdk.services.firehose.model.Record;
import software.amazon.awssdk.services.firehose.model.Tag;
import software.amazon.awssdk.services.glue.model.InvalidInputException;
import software.amazon.awssdk.services.glue.model.Table;

/** What a caller sets is heeded, or refused by its name. */
@Timeout(60)
class MembersTest {
    private static final String BUCKET = "arn:aws:s3:::lake";

    @TempDir
    static Path tls;

    @TempDir
    Path directory;

    private final FirehoseServer.Buffers buffers = new FirehoseServer.Buffers();
    private final FirehoseServer.Jobs jobs = new FirehoseServer.Jobs();
    private final ExecutorService blocking = Executors.newSingleThreadExecutor();
    private FirehoseServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FirehoseServer(directory, tls, buffers, jobs, blocking);
    }

    @AfterEach
    void stop() {
        server.close();
        blocking.shutdownNow();
    }

    private FirehoseClient firehose() {
        return server.firehose();
    }

    private void create(String name, Consumer<CreateDeliveryStreamRequest.Builder> more) {
        firehose()
                .createDeliveryStream(request -> more.accept(request.deliveryStreamName(name)
                        .extendedS3DestinationConfiguration(s3 -> s3.bucketARN(BUCKET))));
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    private ListTagsForDeliveryStreamResponse tags(String name) {
        return firehose().listTagsForDeliveryStream(r -> r.deliveryStreamName(name));
    }

    @Test
    void tagsAreKeptChangedAndListed() throws IOException {
        create("tagged", request -> request.tags(tag("b", "2"), tag("a", "1")));
        assertThat(tags("tagged").tags()).containsExactly(tag("a", "1"), tag("b", "2"));
        assertThat(tags("tagged").hasMoreTags()).isFalse();
        firehose().tagDeliveryStream(r -> r.deliveryStreamName("tagged").tags(tag("a", "9"), tag("c", "3")));
        firehose().untagDeliveryStream(r -> r.deliveryStreamName("tagged").tagKeys("b"));
        server.close();
        start();
        assertThat(tags("tagged").tags()).containsExactly(tag("a", "9"), tag("c", "3"));
        ListTagsForDeliveryStreamResponse first = firehose()
                .listTagsForDeliveryStream(r -> r.deliveryStreamName("tagged").limit(1));
        assertThat(first.hasMoreTags()).isTrue();
        assertThat(firehose()
                        .listTagsForDeliveryStream(
                                r -> r.deliveryStreamName("tagged").exclusiveStartTagKey("a"))
                        .tags())
                .containsExactly(tag("c", "3"));
    }

    @Test
    void fiftyTagsAreTheMostAndThoseOfAwsAreReserved() {
        List<Tag> fifty =
                IntStream.range(0, 50).mapToObj(i -> tag("k" + i, "v")).toList();
        create("full", request -> request.tags(fifty));
        assertThatThrownBy(() -> firehose()
                        .tagDeliveryStream(r -> r.deliveryStreamName("full").tags(tag("k50", "v"))))
                .isInstanceOf(LimitExceededException.class);
        firehose().tagDeliveryStream(r -> r.deliveryStreamName("full").tags(tag("k0", "changed")));
        assertThatThrownBy(() -> create("reserved", request -> request.tags(tag("aws:x", "v"))))
                .hasMessageContaining("aws:");
    }

    @Test
    void membersThatAreNotHeededAreRefusedByName() {
        assertThatThrownBy(() -> create(
                        "backup",
                        request -> request.extendedS3DestinationConfiguration(
                                s3 -> s3.bucketARN(BUCKET).s3BackupConfiguration(b -> b.bucketARN(BUCKET)))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("ExtendedS3DestinationConfiguration.S3BackupConfiguration is not available.");
        assertThatThrownBy(() -> create(
                        "encrypted",
                        request -> request.deliveryStreamEncryptionConfigurationInput(e -> e.keyType("AWS_OWNED_CMK"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("DeliveryStreamEncryptionConfigurationInput is not available.");
        assertThatThrownBy(
                        () -> create("splunk", request -> request.splunkDestinationConfiguration(s -> s.hecToken("t"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("SplunkDestinationConfiguration is not available.");
    }

    @Test
    @SuppressWarnings("deprecation") // the old S3 destination is one of the two
    void thereIsOneDestination() {
        assertThatThrownBy(
                        () -> create("two", request -> request.s3DestinationConfiguration(s3 -> s3.bucketARN(BUCKET))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("Exactly one destination configuration is supported for a Firehose");
        assertThatThrownBy(() -> firehose().createDeliveryStream(r -> r.deliveryStreamName("none")))
                .isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void aViolationIsToldWithoutTheValue() {
        assertThatThrownBy(() -> createWithExtension("dotless", "log"))
                .hasMessageContaining("1 validation error detected: Value at"
                        + " 'extendedS3DestinationConfiguration.fileExtension' failed to satisfy constraint:");
        assertThatThrownBy(() -> firehose()
                        .putRecordBatch(put -> put.deliveryStreamName("many")
                                .records(Collections.nCopies(
                                        501,
                                        Record.builder()
                                                .data(SdkBytes.fromUtf8String("x"))
                                                .build()))))
                .hasMessageContaining("1 validation error detected: Value at 'records' failed to satisfy constraint:"
                        + " Member must have length less than or equal to 500");
    }

    private void createWithExtension(String name, String extension) {
        create(
                name,
                request -> request.extendedS3DestinationConfiguration(
                        s3 -> s3.bucketARN(BUCKET).fileExtension(extension)));
    }

    @Test
    void aFileExtensionBeginsWithADotAndAnEmptyOneIsNone() {
        for (String wrong : List.of("log", ".", ".LOG", "a.b")) {
            assertThatThrownBy(() -> createWithExtension("wrong", wrong)).hasMessageContaining("fileExtension");
        }
        createWithExtension("empty", "");
        assertThat(jobs.specifications()).singleElement().asString().contains("\"fileExtension\":null");
        createWithExtension("dots", "..");
    }

    @Test
    void tablesComeInPagesAndOtherMembersOfGlueAreRefused() {
        server.glue().createDatabase(r -> r.databaseInput(d -> d.name("lake")));
        for (String name : List.of("a", "B", "c")) {
            server.glue().createTable(r -> r.databaseName("lake").tableInput(t -> t.name(name)));
        }
        assertThat(server.glue().getTablesPaginator(r -> r.databaseName("lake").maxResults(2)).stream()
                        .map(page -> page.tableList().stream().map(Table::name).toList()))
                .containsExactly(List.of("a", "B"), List.of("c"));
        assertThatThrownBy(() ->
                        server.glue().getTables(r -> r.databaseName("lake").expression("a*")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Expression is not available.");
        assertThatThrownBy(() -> server.glue()
                        .createDatabase(r -> r.databaseInput(d -> d.name("x").locationUri("s3://x"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("DatabaseInput.LocationUri is not available.");
    }
}
