package io.millrace.server.demo;

import io.millrace.server.node.Connections;
import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamType;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.model.Column;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** Creates what the demo needs: streams, buckets, the reference data, tables and delivery streams. */
final class Setup {
    static final String LAKE = "lake";
    static final String STAGING = "staging";
    static final String REFERENCE = "reference";
    static final String FLIGHTS = "flights";
    static final String DELAYS = "departure-delay";
    static final String ROUTES = "busiest-routes";
    private static final int FLIGHT_SHARDS = 4;
    private static final int BUFFER_SECONDS = 5;
    private static final int CONVERSION_BUFFER_MIB = 64;
    private static final String ROLE = "arn:aws:iam::000000000000:role/firehose";

    private final Clients clients;

    Setup(Clients clients) {
        this.clients = clients;
    }

    void streams() throws InterruptedException {
        try (KinesisClient kinesis = clients.kinesis()) {
            kinesis.createStream(request -> request.streamName(FLIGHTS).shardCount(FLIGHT_SHARDS));
            for (String stream : List.of(DELAYS, ROUTES)) {
                kinesis.createStream(request -> request.streamName(stream).shardCount(1));
            }
            for (String stream : List.of(FLIGHTS, DELAYS, ROUTES)) {
                while (kinesis.describeStreamSummary(request -> request.streamName(stream))
                                .streamDescriptionSummary()
                                .streamStatus()
                        != StreamStatus.ACTIVE) {
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            }
        }
    }

    void buckets(ObjectStore store, Path airports) throws IOException {
        for (String bucket : List.of(LAKE, STAGING, REFERENCE)) {
            store.ensureBucket(bucket);
        }
        store.put(REFERENCE, "airports.csv", airports);
    }

    /** The table in the schema catalog, by which the delivered Parquet is typed, and the delivery to it. */
    void lakeDelivery() {
        try (GlueClient glue = clients.glue();
                FirehoseClient firehose = clients.firehose()) {
            glue.createDatabase(request -> request.databaseInput(database -> database.name(LAKE)));
            glue.createTable(request -> request.databaseName(LAKE)
                    .tableInput(table -> table.name(FLIGHTS)
                            .storageDescriptor(storage -> storage.columns(
                                    column("date", "string"),
                                    column("delay", "int"),
                                    column("distance", "int"),
                                    column("origin", "string"),
                                    column("destination", "string")))));
            firehose.createDeliveryStream(request -> request.deliveryStreamName("flights-to-lake")
                    .deliveryStreamType(DeliveryStreamType.KINESIS_STREAM_AS_SOURCE)
                    .kinesisStreamSourceConfiguration(
                            source -> source.kinesisStreamARN(streamArn()).roleARN(ROLE))
                    .extendedS3DestinationConfiguration(s3 -> s3.bucketARN("arn:aws:s3:::" + LAKE)
                            .roleARN(ROLE)
                            .prefix("flights/")
                            .errorOutputPrefix("errors/")
                            .bufferingHints(hints ->
                                    hints.sizeInMBs(CONVERSION_BUFFER_MIB).intervalInSeconds(BUFFER_SECONDS))
                            .dataFormatConversionConfiguration(conversion -> conversion
                                    .enabled(true)
                                    .schemaConfiguration(
                                            schema -> schema.databaseName(LAKE).tableName(FLIGHTS))
                                    .inputFormatConfiguration(
                                            input -> input.deserializer(json -> json.openXJsonSerDe(serde -> {})))
                                    .outputFormatConfiguration(output ->
                                            output.serializer(parquet -> parquet.parquetSerDe(serde -> {}))))));
        }
    }

    private static Column column(String name, String type) {
        return Column.builder().name(name).type(type).build();
    }

    private static String streamArn() {
        return "arn:aws:kinesis:us-east-1:000000000000:stream/" + FLIGHTS;
    }

    /** The table in the warehouse and the delivery to it. */
    void warehouseDelivery(Connections.WarehouseAccess warehouse) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(warehouse.jdbcUrl(), warehouse.user(), warehouse.password());
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE flights (\"date\" text, delay int, distance int, origin text, destination text)");
        }
        try (FirehoseClient firehose = clients.firehose()) {
            firehose.createDeliveryStream(request -> request.deliveryStreamName("flights-to-warehouse")
                    .deliveryStreamType(DeliveryStreamType.KINESIS_STREAM_AS_SOURCE)
                    .kinesisStreamSourceConfiguration(
                            source -> source.kinesisStreamARN(streamArn()).roleARN(ROLE))
                    .redshiftDestinationConfiguration(redshift -> redshift.clusterJDBCURL(warehouse.jdbcUrl())
                            .roleARN(ROLE)
                            .username(warehouse.user())
                            .password(warehouse.password())
                            .copyCommand(copy -> copy.dataTableName(FLIGHTS).copyOptions("JSON 'auto' GZIP"))
                            .s3Configuration(s3 -> s3.bucketARN("arn:aws:s3:::" + STAGING)
                                    .roleARN(ROLE)
                                    .prefix("flights/")
                                    .compressionFormat("GZIP")
                                    .bufferingHints(hints -> hints.sizeInMBs(1).intervalInSeconds(BUFFER_SECONDS)))));
        }
    }
}
