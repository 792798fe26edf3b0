package io.millrace.firehose.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.documents.DocumentStore;
import io.millrace.firehose.catalog.SchemaCatalog;
import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.InvalidArgumentException;
import software.amazon.awssdk.services.firehose.model.SchemaConfiguration;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.model.AccessDeniedException;
import software.amazon.awssdk.services.glue.model.Column;
import software.amazon.awssdk.services.glue.model.Database;
import software.amazon.awssdk.services.glue.model.EntityNotFoundException;
import software.amazon.awssdk.services.glue.model.GlueException;
import software.amazon.awssdk.services.glue.model.Table;

/** Unmodified AWS clients against the catalog: whose it is, and which names it takes. */
@Timeout(60)
class CatalogTest {
    private static final String OWNER = "111122223333";
    private static final String OTHER = "444455556666";

    @TempDir
    static Path tls;

    @TempDir
    Path directory;

    private final FirehoseServer.Jobs jobs = new FirehoseServer.Jobs();
    private FirehoseServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FirehoseServer(directory, tls, new FirehoseServer.Buffers(), jobs, Runnable::run);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static void create(GlueClient glue, String database, String... tables) {
        glue.createDatabase(request -> request.databaseInput(input -> input.name(database)));
        for (String table : tables) {
            createTable(glue, database, table);
        }
    }

    private static void createTable(GlueClient glue, String database, String table) {
        glue.createTable(request -> request.databaseName(database)
                .tableInput(input -> input.name(table)
                        .storageDescriptor(storage -> storage.columns(Column.builder()
                                .name("c_" + database)
                                .type("int")
                                .build()))));
    }

    private static List<String> databasesOf(GlueClient glue) {
        return glue.getDatabases(request -> {}).databaseList().stream()
                .map(Database::name)
                .toList();
    }

    private static List<String> tablesOf(GlueClient glue, String database) {
        return glue.getTables(request -> request.databaseName(database)).tableList().stream()
                .map(Table::name)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({OTHER + ", us-east-1", OWNER + ", eu-west-1"})
    void nobodyElseSeesOrChangesACatalog(String account, String region) throws IOException {
        try (GlueClient owner = server.glue(OWNER, Region.US_EAST_1);
                GlueClient other = server.glue(account, Region.of(region))) {
            create(owner, "lake", "flights");

            assertThat(databasesOf(other)).isEmpty();
            assertThatThrownBy(() -> other.getDatabase(request -> request.name("lake")))
                    .isInstanceOf(EntityNotFoundException.class);
            assertThatThrownBy(() -> tablesOf(other, "lake")).isInstanceOf(EntityNotFoundException.class);
            assertThatThrownBy(() -> other.deleteTable(
                            request -> request.databaseName("lake").name("flights")))
                    .isInstanceOf(EntityNotFoundException.class);
            create(other, "lake", "ships");
            assertThat(tablesOf(owner, "lake")).containsExactly("flights");
            assertThat(tablesOf(other, "lake")).containsExactly("ships");
        }
        stop();
        start();
        try (GlueClient owner = server.glue(OWNER, Region.US_EAST_1);
                GlueClient other = server.glue(account, Region.of(region))) {
            assertThat(tablesOf(owner, "lake")).containsExactly("flights");
            assertThat(tablesOf(other, "lake")).containsExactly("ships");
        }
    }

    @Test
    void theIdOfAnotherAccountsCatalogIsRefused() {
        try (GlueClient owner = server.glue(OWNER, Region.US_EAST_1);
                GlueClient other = server.glue(OTHER, Region.US_EAST_1)) {
            create(owner, "lake", "flights");

            assertThat(owner.getTable(request -> request.catalogId(OWNER)
                                    .databaseName("lake")
                                    .name("flights"))
                            .table()
                            .catalogId())
                    .isEqualTo(OWNER);
            assertThatThrownBy(() -> other.getTable(request ->
                            request.catalogId(OWNER).databaseName("lake").name("flights")))
                    .isInstanceOf(AccessDeniedException.class)
                    .hasMessageContaining("glue:GetTable on resource: arn:aws:glue:us-east-1:" + OWNER + ":catalog");
            assertThatThrownBy(() -> other.deleteTable(request ->
                            request.catalogId(OWNER).databaseName("lake").name("flights")))
                    .isInstanceOf(AccessDeniedException.class);
            assertThatThrownBy(() -> other.createDatabase(
                            request -> request.catalogId(OWNER).databaseInput(input -> input.name("planted"))))
                    .isInstanceOf(AccessDeniedException.class);
            assertThat(databasesOf(owner)).containsExactly("lake");
        }
    }

    @Test
    void namesThatLookAlikeTogetherAreTwo() throws IOException {
        create(server.glue(), "a b", "c");
        create(server.glue(), "a", "b c");

        stop();
        start();
        assertThat(tablesOf(server.glue(), "a b")).containsExactly("c");
        assertThat(tablesOf(server.glue(), "a")).containsExactly("b c");
        server.glue().deleteTable(request -> request.databaseName("a").name("b c"));
        assertThat(tablesOf(server.glue(), "a b")).containsExactly("c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\u00fc", "\u65e5", "../", "a%2Fb ", "*\t"})
    void anyLegalNameIsKept(String pattern) throws IOException {
        String name = pattern.repeat(255).substring(0, 255);
        create(server.glue(), name, name);

        stop();
        start();
        assertThat(tablesOf(server.glue(), name)).containsExactly(name);
        server.glue().deleteTable(request -> request.databaseName(name).name(name));
        assertThat(tablesOf(server.glue(), name)).isEmpty();
    }

    @Test
    void aNameThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> create(server.glue(), "x".repeat(256)))
                .isInstanceOf(GlueException.class)
                .hasMessageContaining("length less than or equal to 255");
    }

    @Test
    void aCatalogOfAnEarlierVersionBelongsToTheDefaultAccountInUsEast1() throws IOException {
        stop();
        DocumentStore store = DocumentStore.open(directory.resolve("catalog"));
        store.put("database a b", """
                {"name":"A b","description":"old","createdEpochMillis":1700000000000}
                """.getBytes(UTF_8));
        store.put("table a b c", """
                {"database":"A b","name":"C","columns":[{"name":"n","type":"int"}],"definition":"{\\"Name\\":\\"C\\"}",
                 "createdEpochMillis":1700000000000,"updatedEpochMillis":1700000000000,"version":0}
                """.getBytes(UTF_8));
        for (int i = 0; i < 2; i++) {
            SchemaCatalog catalog = SchemaCatalog.open(store);
            assertThat(catalog.table(Namespace.DEFAULT, "a b", "c").columns())
                    .containsExactly(new SchemaCatalog.Column("n", "int"));
            assertThat(catalog.databases(new Namespace(OTHER, "us-east-1"))).isEmpty();
        }
        assertThat(store.keys()).hasSize(2).allMatch(key -> key.matches("(table|database)-[0-9a-f]{64}"));
        start();
        assertThat(tablesOf(server.glue(), "a b")).containsExactly("C");
        server.glue().deleteTable(request -> request.databaseName("a b").name("c"));
        assertThat(store.keys()).hasSize(1);
    }

    @Test
    void aDeliveryFindsItsSchemaInItsOwnAccountAndRegion() {
        try (GlueClient east = server.glue(OWNER, Region.US_EAST_1);
                GlueClient west = server.glue(OWNER, Region.EU_WEST_1);
                FirehoseClient owner = server.firehose(OWNER, Region.US_EAST_1);
                FirehoseClient other = server.firehose(OTHER, Region.US_EAST_1)) {
            create(east, "east", "t");
            create(west, "west", "t");

            convert(owner, "own", schema -> schema.databaseName("east"));
            convert(owner, "named", schema -> schema.databaseName("east").catalogId(OWNER));
            convert(owner, "region", schema -> schema.databaseName("west").region("eu-west-1"));
            assertThat(jobs.specifications())
                    .hasSize(3)
                    .satisfiesExactlyInAnyOrder(
                            job -> assertThat(job).contains("c_east"),
                            job -> assertThat(job).contains("c_east"),
                            job -> assertThat(job).contains("c_west"));
            assertThatThrownBy(() -> convert(owner, "far", schema -> schema.databaseName("west")))
                    .isInstanceOf(InvalidArgumentException.class);
            assertThatThrownBy(() -> convert(other, "foreign", schema -> schema.databaseName("east")))
                    .isInstanceOf(InvalidArgumentException.class);
            assertThatThrownBy(() -> convert(
                            other,
                            "claimed",
                            schema -> schema.databaseName("east").catalogId(OWNER)))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("Access was denied when calling Glue");
        }
    }

    private static void convert(FirehoseClient firehose, String name, Consumer<SchemaConfiguration.Builder> schema) {
        firehose.createDeliveryStream(request -> request.deliveryStreamName(name)
                .extendedS3DestinationConfiguration(s3 -> s3.bucketARN("arn:aws:s3:::lake")
                        .roleARN("arn:aws:iam::000000000000:role/delivery")
                        .dataFormatConversionConfiguration(conversion -> conversion
                                .schemaConfiguration(schema.andThen(builder -> builder.tableName("t")))
                                .outputFormatConfiguration(
                                        output -> output.serializer(format -> format.parquetSerDe(parquet -> {}))))));
    }
}
