package io.millrace.server;

import io.millrace.server.node.Connections;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamStatus;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamType;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.KinesisStreamSourceConfiguration;
import software.amazon.awssdk.services.firehose.model.Processor;
import software.amazon.awssdk.services.firehose.model.ProcessorParameter;
import software.amazon.awssdk.services.firehose.model.ProcessorParameterName;
import software.amazon.awssdk.services.firehose.model.ProcessorType;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchResponse;
import software.amazon.awssdk.services.firehose.model.Record;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.model.Column;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;

/** The delivery streams of the tests, and puts of numbered records {@code {"id":7,"text":"number 7"}}. */
final class Deliveries {
    static final String BUCKET = "lake";
    private static final String ROLE = "arn:aws:iam::000000000000:role/firehose";

    private Deliveries() {}

    /** Direct puts to lines of JSON in GZIP, an object a second. */
    static void plain(FirehoseClient firehose, String name) throws IOException, InterruptedException {
        firehose.createDeliveryStream(request -> request.deliveryStreamName(name)
                .deliveryStreamType(DeliveryStreamType.DIRECT_PUT)
                .extendedS3DestinationConfiguration(s3 -> lines(s3, name)));
        awaitActive(firehose, name);
    }

    /** A stream to lines of JSON in GZIP, an object a second. */
    static void lines(FirehoseClient firehose, String name, String streamArn) throws IOException, InterruptedException {
        firehose.createDeliveryStream(request -> request.deliveryStreamName(name)
                .deliveryStreamType(DeliveryStreamType.KINESIS_STREAM_AS_SOURCE)
                .kinesisStreamSourceConfiguration(
                        source -> source.kinesisStreamARN(streamArn).roleARN(ROLE))
                .extendedS3DestinationConfiguration(s3 -> lines(s3, name)));
        awaitActive(firehose, name);
    }

    private static void lines(ExtendedS3DestinationConfiguration.Builder s3, String name) {
        s3.bucketARN("arn:aws:s3:::" + BUCKET)
                .roleARN(ROLE)
                .prefix(name + "/")
                .errorOutputPrefix("errors/")
                .compressionFormat("GZIP")
                .bufferingHints(hints -> hints.sizeInMBs(1).intervalInSeconds(1))
                .processingConfiguration(processing -> processing.enabled(true).processors(newline()));
    }

    /** Direct puts to objects, without waiting until the stream is active. */
    static void request(FirehoseClient firehose, String name) {
        firehose.createDeliveryStream(request -> request.deliveryStreamName(name)
                .deliveryStreamType(DeliveryStreamType.DIRECT_PUT)
                .extendedS3DestinationConfiguration(s3 ->
                        s3.bucketARN("arn:aws:s3:::" + BUCKET).roleARN(ROLE).prefix(name + "/")));
    }

    private static Processor newline() {
        ProcessorParameter delimiter = ProcessorParameter.builder()
                .parameterName(ProcessorParameterName.DELIMITER)
                .parameterValue("\\n")
                .build();
        return Processor.builder()
                .type(ProcessorType.APPEND_DELIMITER_TO_RECORD)
                .parameters(delimiter)
                .build();
    }

    /** A stream to Parquet, typed by a table of the schema catalog, an object every two seconds. */
    static void parquet(FirehoseClient firehose, GlueClient glue, String name, String streamArn)
            throws IOException, InterruptedException {
        parquet(firehose, glue, name, streamArn, 64, 2);
    }

    /** A stream to Parquet with these buffering hints. */
    static void parquet(
            FirehoseClient firehose, GlueClient glue, String name, String streamArn, int sizeMib, int intervalSeconds)
            throws IOException, InterruptedException {
        schema(glue);
        parquet(firehose, name, streamArn, sizeMib, intervalSeconds);
    }

    /** Makes the table of the schema catalog that types the deliveries to Parquet. */
    static void schema(GlueClient glue) {
        glue.createDatabase(request -> request.databaseInput(database -> database.name(BUCKET)));
        glue.createTable(request -> request.databaseName(BUCKET)
                .tableInput(table ->
                        table.name("numbers").storageDescriptor(storage -> storage.columns(bigint("id"), text()))));
    }

    /** A stream to Parquet, once there is the {@link #schema}. */
    static void parquet(FirehoseClient firehose, String name, String streamArn, int sizeMib, int intervalSeconds)
            throws IOException, InterruptedException {
        firehose.createDeliveryStream(request -> request.deliveryStreamName(name)
                .deliveryStreamType(DeliveryStreamType.KINESIS_STREAM_AS_SOURCE)
                .kinesisStreamSourceConfiguration(
                        source -> source.kinesisStreamARN(streamArn).roleARN(ROLE))
                .extendedS3DestinationConfiguration(s3 -> s3.bucketARN("arn:aws:s3:::" + BUCKET)
                        .roleARN(ROLE)
                        .prefix(name + "/")
                        .errorOutputPrefix("errors/")
                        .bufferingHints(hints -> hints.sizeInMBs(sizeMib).intervalInSeconds(intervalSeconds))
                        .dataFormatConversionConfiguration(conversion -> conversion
                                .enabled(true)
                                .schemaConfiguration(
                                        schema -> schema.databaseName(BUCKET).tableName("numbers"))
                                .inputFormatConfiguration(
                                        input -> input.deserializer(json -> json.openXJsonSerDe(serde -> {})))
                                .outputFormatConfiguration(
                                        output -> output.serializer(parquet -> parquet.parquetSerDe(serde -> {}))))));
        awaitActive(firehose, name);
    }

    private static Column bigint(String name) {
        return Column.builder().name(name).type("bigint").build();
    }

    private static Column text() {
        return Column.builder().name("text").type("string").build();
    }

    /** Direct puts into a table of the warehouse, a copy a second. */
    static void warehouse(FirehoseClient firehose, String name, Connections.WarehouseAccess warehouse, String table)
            throws IOException, InterruptedException {
        warehouse(firehose, warehouse, name, table, DeliveryStreamType.DIRECT_PUT, null);
    }

    /** A stream into a table of the warehouse, a copy a second. */
    static void warehouse(
            FirehoseClient firehose, String name, Connections.WarehouseAccess warehouse, String table, String streamArn)
            throws IOException, InterruptedException {
        KinesisStreamSourceConfiguration source = KinesisStreamSourceConfiguration.builder()
                .kinesisStreamARN(streamArn)
                .roleARN(ROLE)
                .build();
        warehouse(firehose, warehouse, name, table, DeliveryStreamType.KINESIS_STREAM_AS_SOURCE, source);
    }

    private static void warehouse(
            FirehoseClient firehose,
            Connections.WarehouseAccess warehouse,
            String name,
            String table,
            DeliveryStreamType type,
            KinesisStreamSourceConfiguration source)
            throws IOException, InterruptedException {
        firehose.createDeliveryStream(request -> request.deliveryStreamName(name)
                .deliveryStreamType(type)
                .kinesisStreamSourceConfiguration(source)
                .redshiftDestinationConfiguration(redshift -> redshift.clusterJDBCURL(warehouse.jdbcUrl())
                        .roleARN(ROLE)
                        .username(warehouse.user())
                        .password(warehouse.password())
                        .copyCommand(copy -> copy.dataTableName(table).copyOptions("JSON 'auto' GZIP"))
                        .s3Configuration(s3 -> s3.bucketARN("arn:aws:s3:::" + BUCKET)
                                .roleARN(ROLE)
                                .prefix(name + "/")
                                .compressionFormat("GZIP")
                                .bufferingHints(hints -> hints.sizeInMBs(1).intervalInSeconds(1)))));
        awaitActive(firehose, name);
    }

    private static void awaitActive(FirehoseClient firehose, String name) throws IOException, InterruptedException {
        Await.until(
                name + " is active",
                Duration.ofSeconds(30),
                () -> firehose.describeDeliveryStream(request -> request.deliveryStreamName(name))
                                .deliveryStreamDescription()
                                .deliveryStreamStatus()
                        == DeliveryStreamStatus.ACTIVE);
    }

    /** Returns a put of numbers into a delivery stream. */
    static Numbers.Put into(FirehoseClient firehose, String name) {
        return numbers -> {
            PutRecordBatchResponse response = firehose.putRecordBatch(request -> request.deliveryStreamName(name)
                    .records(numbers.stream()
                            .map(number -> Record.builder().data(record(number)).build())
                            .toList()));
            List<Long> acknowledged = new ArrayList<>();
            for (int i = 0; i < numbers.size(); i++) {
                if (response.requestResponses().get(i).errorCode() == null) {
                    acknowledged.add(numbers.get(i));
                }
            }
            return acknowledged;
        };
    }

    /** Returns a put of numbers into a stream, spread over its shards. */
    static Numbers.Put into(KinesisClient kinesis, String name) {
        return into(kinesis, name, "");
    }

    /** Returns a put of numbers in records of about 90 bytes into a stream. */
    static Numbers.Put intoPadded(KinesisClient kinesis, String name) {
        return into(kinesis, name, "-".repeat(50));
    }

    private static Numbers.Put into(KinesisClient kinesis, String name, String padding) {
        return numbers -> {
            PutRecordsResponse response = kinesis.putRecords(request -> request.streamName(name)
                    .records(numbers.stream()
                            .map(number -> PutRecordsRequestEntry.builder()
                                    .partitionKey(Long.toString(number))
                                    .data(record(number, padding))
                                    .build())
                            .toList()));
            List<Long> acknowledged = new ArrayList<>();
            for (int i = 0; i < numbers.size(); i++) {
                if (response.records().get(i).errorCode() == null) {
                    acknowledged.add(numbers.get(i));
                }
            }
            return acknowledged;
        };
    }

    private static SdkBytes record(long number) {
        return record(number, "");
    }

    private static SdkBytes record(long number, String padding) {
        return SdkBytes.fromUtf8String("{\"id\":" + number + ",\"text\":\"number " + number + padding + "\"}");
    }
}
