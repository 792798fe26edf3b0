package io.millrace.firehose.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.CompressionFormat;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamDescription;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamStatus;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamType;
import software.amazon.awssdk.services.firehose.model.Deserializer;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.FailureDescription;
import software.amazon.awssdk.services.firehose.model.FirehoseException;
import software.amazon.awssdk.services.firehose.model.InvalidArgumentException;
import software.amazon.awssdk.services.firehose.model.InvalidSourceException;
import software.amazon.awssdk.services.firehose.model.LimitExceededException;
import software.amazon.awssdk.services.firehose.model.Processor;
import software.amazon.awssdk.services.firehose.model.ProcessorParameter;
import software.amazon.awssdk.services.firehose.model.ProcessorType;
import software.amazon.awssdk.services.firehose.model.Record;
import software.amazon.awssdk.services.firehose.model.RedshiftDestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.ResourceInUseException;
import software.amazon.awssdk.services.firehose.model.ResourceNotFoundException;
import software.amazon.awssdk.services.glue.model.AlreadyExistsException;
import software.amazon.awssdk.services.glue.model.Column;
import software.amazon.awssdk.services.glue.model.EntityNotFoundException;
import software.amazon.awssdk.services.glue.model.Table;

/** Unmodified AWS clients against the service; streams and jobs are in memory. */
@Timeout(60)
class FirehoseTest {
    private static final String BUCKET = "arn:aws:s3:::lake";
    private static final String ROLE = "arn:aws:iam::000000000000:role/delivery";
    private static final String SOURCE = "arn:aws:kinesis:us-east-1:000000000000:stream/source";

    @TempDir
    static Path tls;

    @TempDir
    Path directory;

    private final FirehoseServer.Buffers buffers = new FirehoseServer.Buffers();
    private final FirehoseServer.Jobs jobs = new FirehoseServer.Jobs();
    private final ExecutorService blocking = Executors.newSingleThreadExecutor();
    private final List<Runnable> postponed = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean postpones;
    private FirehoseServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FirehoseServer(directory, tls, buffers, jobs, this::run);
    }

    /** Runs what a call itself waits for, and postpones what comes after it while a test says so. */
    private void run(Runnable task) {
        if (postpones && Thread.currentThread().getName().equals("blocking")) {
            postponed.add(task);
        } else {
            blocking.execute(() -> {
                Thread.currentThread().setName("blocking");
                task.run();
            });
        }
    }

    @AfterEach
    void stop() {
        server.close();
        blocking.shutdownNow();
    }

    private void restart() throws IOException {
        server.close();
        start();
    }

    private FirehoseClient firehose() {
        return server.firehose();
    }

    private void create(String name, Consumer<ExtendedS3DestinationConfiguration.Builder> s3) {
        firehose()
                .createDeliveryStream(request -> request.deliveryStreamName(name)
                        .extendedS3DestinationConfiguration(
                                s3.andThen(builder -> builder.bucketARN(BUCKET).roleARN(ROLE))));
    }

    private void create(String name) {
        create(name, s3 -> {});
    }

    private DeliveryStreamDescription describe(String name) {
        return firehose()
                .describeDeliveryStream(request -> request.deliveryStreamName(name))
                .deliveryStreamDescription();
    }

    private void awaitGone(String name) throws InterruptedException {
        while (firehose()
                .listDeliveryStreams(request -> {})
                .deliveryStreamNames()
                .contains(name)) {
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    @Test
    void aDeliveryStreamIsDescribedAsItWasCreated() {
        create(
                "orders",
                s3 -> s3.prefix("raw/")
                        .errorOutputPrefix("errors/")
                        .compressionFormat(CompressionFormat.GZIP)
                        .fileExtension(".json.gz")
                        .bufferingHints(hints -> hints.sizeInMBs(7).intervalInSeconds(8)));

        DeliveryStreamDescription stream = describe("orders");
        assertThat(stream.deliveryStreamARN())
                .isEqualTo("arn:aws:firehose:us-east-1:000000000000:deliverystream/orders");
        assertThat(stream.deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
        assertThat(stream.deliveryStreamType()).isEqualTo(DeliveryStreamType.DIRECT_PUT);
        assertThat(stream.versionId()).isEqualTo("1");
        assertThat(stream.hasMoreDestinations()).isFalse();
        assertThat(stream.destinations()).singleElement().satisfies(destination -> {
            assertThat(destination.destinationId()).isEqualTo("destinationId-000000000001");
            assertThat(destination.extendedS3DestinationDescription().prefix()).isEqualTo("raw/");
            assertThat(destination
                            .extendedS3DestinationDescription()
                            .bufferingHints()
                            .sizeInMBs())
                    .isEqualTo(7);
            assertThat(destination.s3DestinationDescription().bucketARN()).isEqualTo(BUCKET);
            assertThat(destination.s3DestinationDescription().compressionFormat())
                    .isEqualTo(CompressionFormat.GZIP);
        });
        assertThat(jobs.specifications())
                .singleElement()
                .asString()
                .contains(
                        "\"baseUri\":\"s3://lake\"",
                        "\"prefix\":\"raw/\"",
                        "\"errorPrefix\":\"errors/\"",
                        "\"maxBytes\":7340032",
                        "\"maxAgeMillis\":8000",
                        "\"compression\":\"GZIP\"",
                        "\"fileExtension\":\".json.gz\"",
                        "\"streamArn\":\"arn:buffer/000000000000.us-east-1.orders.");
    }

    @Test
    void defaultsAreThoseOfFirehose() {
        create("orders");
        assertThat(jobs.specifications().get(0))
                .contains(
                        "\"maxBytes\":5242880",
                        "\"maxAgeMillis\":300000",
                        "\"compression\":\"NONE\"",
                        "\"timeZone\":\"UTC\"",
                        "\"delimiter\":\"\"",
                        "\"warehouse\":null");
    }

    @Test
    @SuppressWarnings("deprecation") // deprecated by AWS and still sent by users
    void theOldS3DestinationIsTakenToo() {
        firehose()
                .createDeliveryStream(request -> request.deliveryStreamName("old")
                        .s3DestinationConfiguration(s3 -> s3.bucketARN(BUCKET).roleARN(ROLE)));
        assertThat(describe("old")
                        .destinations()
                        .get(0)
                        .s3DestinationDescription()
                        .bucketARN())
                .isEqualTo(BUCKET);
    }

    @Test
    void aDelimiterIsAppendedWhenAsked() {
        create(
                "lines",
                s3 -> s3.processingConfiguration(processing -> processing
                        .enabled(true)
                        .processors(Processor.builder()
                                .type(ProcessorType.APPEND_DELIMITER_TO_RECORD)
                                .build())));
        assertThat(jobs.specifications().get(0)).contains("\"delimiter\":\"\\n\"");
    }

    @Test
    void aWarehouseIsDescribedWithoutItsPassword() {
        redshift("wh", "JSON 'auto' GZIP", "jdbc:postgresql://h:5432/d");
        assertThat(describe("wh").destinations()).singleElement().satisfies(destination -> {
            assertThat(destination.redshiftDestinationDescription().clusterJDBCURL())
                    .isEqualTo("jdbc:postgresql://h:5432/d");
            assertThat(destination.redshiftDestinationDescription().username()).isEqualTo("loader");
            assertThat(destination
                            .redshiftDestinationDescription()
                            .s3DestinationDescription()
                            .bucketARN())
                    .isEqualTo(BUCKET);
            assertThat(destination.toString()).doesNotContain("secret-word");
        });
        assertThat(jobs.specifications().get(0)).contains("\"copyOptions\":\"JSON 'auto' GZIP\"");
    }

    private void redshift(String name, String options, String url) {
        redshift(name, options, url, more -> {});
    }

    private void redshift(
            String name, String options, String url, Consumer<RedshiftDestinationConfiguration.Builder> more) {
        firehose()
                .createDeliveryStream(request -> request.deliveryStreamName(name)
                        .redshiftDestinationConfiguration(redshift -> more.accept(redshift.clusterJDBCURL(url)
                                .roleARN(ROLE)
                                .username("loader")
                                .password("secret-word")
                                .copyCommand(copy -> copy.dataTableName("t").copyOptions(options))
                                .s3Configuration(s3 -> s3.bucketARN(BUCKET).roleARN(ROLE)))));
    }

    @Test
    void aDelimiterIsPutBehindTheRecordsOfAWarehouseToo() {
        redshift(
                "wh",
                "CSV",
                "jdbc:postgresql://h/d",
                more -> more.processingConfiguration(p -> p.enabled(true)
                        .processors(Processor.builder()
                                .type(ProcessorType.APPEND_DELIMITER_TO_RECORD)
                                .parameters(ProcessorParameter.builder()
                                        .parameterName("Delimiter")
                                        .parameterValue("|")
                                        .build())
                                .build())));
        assertThat(jobs.specifications()).singleElement().asString().contains("\"delimiter\":\"|\"");
        assertThatThrownBy(() -> redshift(
                        "lambda",
                        "CSV",
                        "jdbc:postgresql://h/d",
                        more -> more.processingConfiguration(p -> p.enabled(true)
                                .processors(Processor.builder()
                                        .type(ProcessorType.LAMBDA)
                                        .build()))))
                .hasMessageContaining("Processor Lambda is not available");
        assertThatThrownBy(
                        () -> redshift("backup", "CSV", "jdbc:postgresql://h/d", more -> more.s3BackupMode("Enabled")))
                .hasMessageContaining("S3BackupMode Enabled is not available");
    }

    @Test
    void aWarehouseThatCannotBeLoadedIsRefused() {
        assertThatThrownBy(() -> redshift("wh", "FIXEDWIDTH '1'", "jdbc:postgresql://h/d"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("CopyOptions FIXEDWIDTH '1' are not available");
        assertThatThrownBy(() -> redshift("wh", "CSV", "jdbc:redshift://h/d"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("jdbc:postgresql:");
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                refusal("BucketARN", s3 -> s3.bucketARN("lake")),
                refusal("SizeInMBs", s3 -> s3.bufferingHints(hints -> hints.sizeInMBs(129))),
                refusal("SizeInMBs", s3 -> s3.bufferingHints(hints -> hints.sizeInMBs(0))),
                refusal("IntervalInSeconds", s3 -> s3.bufferingHints(hints -> hints.intervalInSeconds(901))),
                refusal("CompressionFormat", s3 -> s3.compressionFormat("LZO")),
                refusal("Dynamic partitioning", s3 -> s3.dynamicPartitioningConfiguration(d -> d.enabled(true))),
                refusal(
                        "Processor Lambda",
                        s3 -> s3.processingConfiguration(p -> p.enabled(true)
                                .processors(Processor.builder()
                                        .type(ProcessorType.LAMBDA)
                                        .build()))),
                refusal("S3BackupMode Enabled", s3 -> s3.s3BackupMode("Enabled")),
                refusal(
                        "KMSEncryptionConfig",
                        s3 -> s3.encryptionConfiguration(e -> e.kmsEncryptionConfig(k -> k.awskmsKeyARN("arn:key")))),
                refusal(
                        "ColumnToJsonKeyMappings",
                        reading(d -> d.openXJsonSerDe(o -> o.columnToJsonKeyMappings(Map.of("a", "b"))))),
                refusal(
                        "ConvertDotsInJsonKeysToUnderscores",
                        reading(d -> d.openXJsonSerDe(o -> o.convertDotsInJsonKeysToUnderscores(true)))),
                refusal("CaseInsensitive", reading(d -> d.openXJsonSerDe(o -> o.caseInsensitive(false)))),
                refusal("TimestampFormats", reading(d -> d.hiveJsonSerDe(h -> h.timestampFormats("millis")))),
                refusal("CustomTimeZone", s3 -> s3.customTimeZone("Mars/Olympus")),
                refusal("Prefix must not contain", s3 -> s3.prefix("!{firehose:error-output-type}/")),
                refusal(
                        "invalid expression !{firehose:random}",
                        s3 -> s3.errorOutputPrefix("e").prefix("!{firehose:random}/")),
                refusal(
                        "invalid expression !{timestamp:bb}",
                        s3 -> s3.errorOutputPrefix("e").prefix("!{timestamp:bb}/")),
                refusal(
                        "invalid expression !{partitionKeyFromQuery:id}",
                        s3 -> s3.errorOutputPrefix("e").prefix("!{partitionKeyFromQuery:id}/")),
                refusal(
                        "only allowed in expressions",
                        s3 -> s3.errorOutputPrefix("e").prefix("!{timestamp}/")),
                refusal(
                        "only allowed in expressions",
                        s3 -> s3.errorOutputPrefix("e").prefix("x!{")),
                refusal("ErrorOutputPrefix must be specified", s3 -> s3.prefix("!{timestamp:yyyy}/")),
                refusal("ErrorOutputPrefix must contain", s3 -> s3.errorOutputPrefix("!{timestamp:yyyy}/")),
                refusal(
                        "SchemaConfiguration",
                        s3 -> s3.dataFormatConversionConfiguration(c -> c.enabled(true)
                                .outputFormatConfiguration(o -> o.serializer(z -> z.parquetSerDe(p -> {}))))),
                refusal(
                        "OutputFormatConfiguration",
                        s3 -> s3.dataFormatConversionConfiguration(c -> c.enabled(true)
                                .outputFormatConfiguration(o -> o.serializer(z -> z.orcSerDe(p -> {}))))));
    }

    private static Consumer<ExtendedS3DestinationConfiguration.Builder> reading(
            Consumer<Deserializer.Builder> deserializer) {
        return s3 -> s3.dataFormatConversionConfiguration(
                c -> c.inputFormatConfiguration(i -> i.deserializer(deserializer)));
    }

    private static Arguments refusal(String says, Consumer<ExtendedS3DestinationConfiguration.Builder> s3) {
        return Arguments.of(says, s3);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    void whatCannotBeDeliveredIsRefusedAtCreation(
            String says, Consumer<ExtendedS3DestinationConfiguration.Builder> s3) {
        Consumer<ExtendedS3DestinationConfiguration.Builder> bucketFirst = builder -> {
            builder.bucketARN(BUCKET).roleARN(ROLE);
            s3.accept(builder);
        };
        assertThatThrownBy(() -> firehose()
                        .createDeliveryStream(request ->
                                request.deliveryStreamName("refused").extendedS3DestinationConfiguration(bucketFirst)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining(says);
        assertThat(firehose().listDeliveryStreams(request -> {}).deliveryStreamNames())
                .isEmpty();
        assertThat(jobs.specifications()).isEmpty();
    }

    @Test
    void textsOfADestinationAreNoLongerThanTheModelAllows() {
        String[] expressions = {"!{".repeat(513), "x".repeat(1025)};
        for (String prefix : expressions) {
            assertThatThrownBy(() -> create("long", s3 -> s3.prefix(prefix)))
                    .hasMessageContaining("extendedS3DestinationConfiguration.prefix")
                    .hasMessageContaining("length less than or equal to 1024");
            assertThatThrownBy(() -> create("long", s3 -> s3.errorOutputPrefix(prefix)))
                    .hasMessageContaining("extendedS3DestinationConfiguration.errorOutputPrefix");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPPER",
                "no_underscore",
                "ab",
                "-begins",
                "ends-",
                "two..dots",
                "192.168.0.1",
                "missing",
                "with/slash"
            })
    void aBucketThatCannotBeOrIsNotThereIsRefusedAndLeavesNothing(String bucket) {
        assertThatThrownBy(() -> server.firehose()
                        .createDeliveryStream(request -> request.deliveryStreamName("refused")
                                .extendedS3DestinationConfiguration(s3 ->
                                        s3.bucketARN("arn:aws:s3:::" + bucket).roleARN(ROLE))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("ucket");
        assertThat(jobs.wanted).isEmpty();
        assertThat(server.firehose().listDeliveryStreams().deliveryStreamNames())
                .isEmpty();
    }

    @Test
    void whatKeepsADeliveryFromDeliveringIsToldWhereItIsDescribed() {
        create("orders");
        assertThat(described("orders").failureDescription()).isNull();
        jobs.trouble = "restarted 3 times: NoSuchBucket";
        FailureDescription failure = described("orders").failureDescription();
        assertThat(failure.typeAsString()).isEqualTo("UNKNOWN_ERROR");
        assertThat(failure.details()).isEqualTo("restarted 3 times: NoSuchBucket");
    }

    private DeliveryStreamDescription described(String name) {
        return server.firehose()
                .describeDeliveryStream(request -> request.deliveryStreamName(name))
                .deliveryStreamDescription();
    }

    @Test
    void aStreamWithoutADestinationOrOfAnUnknownSourceIsRefused() {
        assertThatThrownBy(() -> firehose().createDeliveryStream(request -> request.deliveryStreamName("none")))
                .isInstanceOf(InvalidArgumentException.class);
        assertThatThrownBy(() -> fromStream("missing", SOURCE.replace("source", "nowhere")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> fromStream("foreign", SOURCE.replaceFirst(":\\d{12}:", ":111111111111:")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> firehose()
                        .createDeliveryStream(request -> request.deliveryStreamName("msk")
                                .deliveryStreamType(DeliveryStreamType.MSK_AS_SOURCE)
                                .extendedS3DestinationConfiguration(
                                        s3 -> s3.bucketARN(BUCKET).roleARN(ROLE))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("MSKAsSource");
    }

    @Test
    void namesAreCheckedAndUnique() {
        create("orders");
        assertThatThrownBy(() -> create("orders")).isInstanceOf(ResourceInUseException.class);
        assertThatThrownBy(() -> create("no/slash")).isInstanceOf(FirehoseException.class);
        assertThatThrownBy(() -> create("x".repeat(65))).isInstanceOf(FirehoseException.class);
        assertThatThrownBy(() -> describe("nowhere"))
                .isInstanceOf(ResourceNotFoundException.class)
                .hasMessageContaining("Firehose nowhere under account 000000000000 not found.");
        assertThatThrownBy(() -> firehose().deleteDeliveryStream(request -> request.deliveryStreamName("nowhere")))
                .isInstanceOf(ResourceNotFoundException.class);
    }

    private void fromStream(String name, String arn) {
        firehose()
                .createDeliveryStream(CreateDeliveryStreamRequest.builder()
                        .deliveryStreamName(name)
                        .deliveryStreamType(DeliveryStreamType.KINESIS_STREAM_AS_SOURCE)
                        .kinesisStreamSourceConfiguration(
                                source -> source.kinesisStreamARN(arn).roleARN(ROLE))
                        .extendedS3DestinationConfiguration(
                                s3 -> s3.bucketARN(BUCKET).roleARN(ROLE))
                        .build());
    }

    @Test
    void aStreamFedByAnotherTakesNoPuts() {
        fromStream("fed", SOURCE);
        assertThat(describe("fed").source().kinesisStreamSourceDescription().kinesisStreamARN())
                .isEqualTo(SOURCE);
        assertThat(jobs.specifications().get(0)).contains("\"streamArn\":\"" + SOURCE + "\"");
        assertThatThrownBy(() -> put("fed", 1)).isInstanceOf(InvalidSourceException.class);
        assertThatThrownBy(() -> putBatch("fed", 1, 1)).isInstanceOf(InvalidSourceException.class);
    }

    private void put(String stream, int bytes) {
        firehose().putRecord(request -> request.deliveryStreamName(stream).record(record(bytes)));
    }

    private int putBatch(String stream, int records, int bytes) {
        return firehose()
                .putRecordBatch(request ->
                        request.deliveryStreamName(stream).records(Collections.nCopies(records, record(bytes))))
                .requestResponses()
                .size();
    }

    private static Record record(int bytes) {
        return Record.builder().data(SdkBytes.fromByteArray(new byte[bytes])).build();
    }

    @Test
    void putsHaveTheLimitsOfFirehose() {
        create("orders");
        put("orders", 0);
        put("orders", 1_024_000);
        assertThatThrownBy(() -> put("orders", 1_024_001)).isInstanceOf(FirehoseException.class);
        assertThat(putBatch("orders", 500, 1)).isEqualTo(500);
        assertThatThrownBy(() -> putBatch("orders", 501, 1)).isInstanceOf(FirehoseException.class);
        assertThatThrownBy(() -> putBatch("orders", 0, 1)).isInstanceOf(FirehoseException.class);
        assertThat(putBatch("orders", 4, 1_024_000)).isEqualTo(4);
        assertThat(putBatch("orders", 8, 512 * 1024)).isEqualTo(8);
        assertThatThrownBy(() -> putBatch("orders", 9, 512 * 1024))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("4 MB");
        assertThatThrownBy(() -> put("nowhere", 1)).isInstanceOf(ResourceNotFoundException.class);
        assertThat(buffers.streams.values())
                .singleElement()
                .satisfies(kept -> assertThat(kept).hasSize(2 + 500 + 4 + 8));
    }

    @Test
    void aPutAnswersWithTheIdsOfTheRecords() {
        create("orders");
        assertThat(firehose()
                        .putRecord(
                                request -> request.deliveryStreamName("orders").record(record(1)))
                        .recordId())
                .isEqualTo("id-0");
        var answer = firehose()
                .putRecordBatch(request -> request.deliveryStreamName("orders").records(record(1), record(2)));
        assertThat(answer.failedPutCount()).isZero();
        assertThat(answer.requestResponses().stream().map(one -> one.recordId()))
                .containsExactly("id-1", "id-2");
    }

    @Test
    void streamsAreListedInPagesByNameAndType() {
        for (String name : List.of("c", "a", "b")) {
            create(name);
        }
        fromStream("d", SOURCE);
        var first = firehose().listDeliveryStreams(request -> request.limit(2));
        assertThat(first.deliveryStreamNames()).containsExactly("a", "b");
        assertThat(first.hasMoreDeliveryStreams()).isTrue();
        var second = firehose().listDeliveryStreams(request -> request.limit(2).exclusiveStartDeliveryStreamName("b"));
        assertThat(second.deliveryStreamNames()).containsExactly("c", "d");
        assertThat(second.hasMoreDeliveryStreams()).isFalse();
        assertThat(firehose()
                        .listDeliveryStreams(request -> request.deliveryStreamType("KinesisStreamAsSource"))
                        .deliveryStreamNames())
                .containsExactly("d");
    }

    @Test
    void aDeletedStreamTakesItsJobAndItsRecordsWithIt() throws InterruptedException {
        create("orders");
        firehose().deleteDeliveryStream(request -> request.deliveryStreamName("orders"));
        awaitGone("orders");
        assertThat(buffers.streams).isEmpty();
        assertThat(jobs.specifications()).isEmpty();
        create("orders");
        assertThat(describe("orders").deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
    }

    @Test
    void aLateSecondDeleteDoesNotHitAStreamCreatedSince() throws Exception {
        create("orders");
        postpones = true;
        firehose().deleteDeliveryStream(request -> request.deliveryStreamName("orders"));
        assertThat(describe("orders").deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.DELETING);
        assertThatThrownBy(() -> put("orders", 1)).isInstanceOf(ResourceNotFoundException.class);
        firehose().deleteDeliveryStream(request -> request.deliveryStreamName("orders"));
        postpones = false;
        assertThat(postponed).hasSize(2);

        blocking.submit(postponed.get(0)).get();
        create("orders");
        blocking.submit(postponed.get(1)).get();
        assertThat(describe("orders").deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
        assertThat(jobs.specifications()).hasSize(1);
        restart();
        assertThat(describe("orders").deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
    }

    @Test
    void aCreateThatFailsLeavesNothing() {
        buffers.broken = true;
        assertThatThrownBy(() -> create("orders")).isInstanceOf(LimitExceededException.class);
        assertThat(firehose().listDeliveryStreams(request -> {}).deliveryStreamNames())
                .isEmpty();
        buffers.broken = false;
        create("orders");
    }

    @Test
    void streamsAreThereAfterARestart() throws IOException {
        create("orders", s3 -> s3.prefix("raw/"));
        DeliveryStreamDescription before = describe("orders");
        restart();
        assertThat(describe("orders")).isEqualTo(before);
        put("orders", 1);
        assertThat(jobs.specifications()).hasSize(1);
    }

    @Test
    void anInterruptedCreateIsFinishedAtTheNextOpening() throws IOException {
        create("orders");
        rewriteStatus("ACTIVE", "CREATING");
        jobs.wanted.clear();
        buffers.streams.clear();
        restart();
        assertThat(describe("orders").deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
        assertThat(jobs.specifications()).hasSize(1);
        put("orders", 1);
    }

    @Test
    void anInterruptedDeleteIsFinishedAtTheNextOpening() throws IOException {
        create("orders");
        rewriteStatus("ACTIVE", "DELETING");
        restart();
        assertThat(firehose().listDeliveryStreams(request -> {}).deliveryStreamNames())
                .isEmpty();
        assertThat(jobs.specifications()).isEmpty();
        assertThat(buffers.streams).isEmpty();
    }

    /** What a process that was killed in between would have left. */
    private void rewriteStatus(String from, String to) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("deliveries"))) {
            for (Path file : files.toList()) {
                Files.writeString(file, Files.readString(file).replace("\"" + from + "\"", "\"" + to + "\""));
            }
        }
    }

    private void table(String type) {
        server.glue().createDatabase(request -> request.databaseInput(database -> database.name("lake")));
        server.glue()
                .createTable(request -> request.databaseName("lake")
                        .tableInput(table -> table.name("Orders")
                                .storageDescriptor(storage -> storage.columns(
                                        Column.builder().name("Id").type(type).build()))));
    }

    private void createConverting(int sizeMib) {
        create(
                "converting",
                s3 -> s3.bufferingHints(hints -> hints.sizeInMBs(sizeMib))
                        .dataFormatConversionConfiguration(conversion -> conversion
                                .enabled(true)
                                .schemaConfiguration(
                                        schema -> schema.databaseName("lake").tableName("orders"))
                                .outputFormatConfiguration(
                                        output -> output.serializer(serializer -> serializer.parquetSerDe(p -> {})))));
    }

    @Test
    void aTableOfTheCatalogGivesTheColumnsOfAConversion() {
        table("Decimal(10,2)");
        assertThatThrownBy(() -> createConverting(63)).hasMessageContaining("at least 64");
        createConverting(64);
        assertThat(jobs.specifications().get(0))
                .contains("\"columns\":[{", "\"name\":\"id\"", "\"type\":\"decimal(10,2)\"")
                .contains("\"compression\":\"PARQUET_SNAPPY\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"array<int>", "struct<a:int>", "blob", "decimal(39,1)"})
    void aColumnThatCannotBeConvertedIsRefused(String type) {
        table(type);
        assertThatThrownBy(() -> createConverting(64))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("only scalar types");
    }

    @Test
    void aTableThatIsGoneKeepsNoNodeFromStarting() throws IOException {
        table("int");
        createConverting(64);
        server.glue().deleteTable(request -> request.databaseName("lake").name("orders"));
        restart();
        assertThat(describe("converting").deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
        assertThat(jobs.specifications()).hasSize(1);
    }

    @Test
    void theCatalogIsSpokenToAsGlue() throws IOException {
        table("int");
        assertThatThrownBy(() -> server.glue().createDatabase(r -> r.databaseInput(database -> database.name("LAKE"))))
                .isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() ->
                        server.glue().createTable(r -> r.databaseName("lake").tableInput(t -> t.name("orders"))))
                .isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() ->
                        server.glue().createTable(r -> r.databaseName("no").tableInput(t -> t.name("x"))))
                .isInstanceOf(EntityNotFoundException.class);
        restart();
        Table table = server.glue()
                .getTable(request -> request.databaseName("LAKE").name("orders"))
                .table();
        assertThat(table.name()).isEqualTo("Orders");
        assertThat(table.storageDescriptor().columns().get(0).type()).isEqualTo("int");
        assertThat(server.glue().getTables(r -> r.databaseName("lake")).tableList())
                .hasSize(1);
        assertThat(server.glue().getDatabases(r -> {}).databaseList()).hasSize(1);
        server.glue().deleteTable(request -> request.databaseName("lake").name("ORDERS"));
        assertThatThrownBy(
                        () -> server.glue().getTable(r -> r.databaseName("lake").name("orders")))
                .isInstanceOf(EntityNotFoundException.class);
    }

    @Test
    void boto3MakesItsRoundTrip() throws Exception {
        Path said = directory.resolve("said.txt");
        assumeTrue(python(said, "-c", "import boto3") == 0, "boto3 is not installed");
        int exit = python(
                said,
                Path.of("src/test/clients/py/firehose_roundtrip.py")
                        .toAbsolutePath()
                        .toString(),
                server.url());
        assertThat(Files.readString(said)).startsWith("OK");
        assertThat(exit).isZero();
    }

    private static int python(Path output, String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                process.waitFor(50, TimeUnit.SECONDS);
            } finally {
                process.destroyForcibly();
            }
            return process.waitFor();
        } catch (IOException e) { // there is no such program
            return 127;
        }
    }
}
