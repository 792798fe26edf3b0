package io.millrace.firehose.catalog;

import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.glue.model.CreateDatabaseRequest;
import software.amazon.awssdk.services.glue.model.CreateDatabaseResponse;
import software.amazon.awssdk.services.glue.model.CreateTableRequest;
import software.amazon.awssdk.services.glue.model.CreateTableResponse;
import software.amazon.awssdk.services.glue.model.DeleteTableRequest;
import software.amazon.awssdk.services.glue.model.DeleteTableResponse;
import software.amazon.awssdk.services.glue.model.GetDatabaseRequest;
import software.amazon.awssdk.services.glue.model.GetDatabaseResponse;
import software.amazon.awssdk.services.glue.model.GetDatabasesRequest;
import software.amazon.awssdk.services.glue.model.GetDatabasesResponse;
import software.amazon.awssdk.services.glue.model.GetTableRequest;
import software.amazon.awssdk.services.glue.model.GetTableResponse;
import software.amazon.awssdk.services.glue.model.GetTablesRequest;
import software.amazon.awssdk.services.glue.model.GetTablesResponse;
import software.amazon.awssdk.services.glue.model.Table;
import software.amazon.awssdk.services.glue.model.TableInput;

/**
 * The part of AWS Glue by which users describe the tables that Firehose converts to. A caller has the catalog of its
 * account in its region, and no other.
 */
public final class GlueApi {
    private static final int LONGEST_NAME = 255;

    private final SchemaCatalog catalog;
    private final Executor blocking;
    private final InstantSource clock;

    private GlueApi(SchemaCatalog catalog, Executor blocking, InstantSource clock) {
        this.catalog = catalog;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** @param blocking runs what waits for the disk */
    public static AwsJsonService service(SchemaCatalog catalog, Executor blocking, InstantSource clock) {
        GlueApi api = new GlueApi(catalog, blocking, clock);
        Constraints table = named("DatabaseName", "Name");
        return new AwsJsonService("AWSGlue", "glue")
                .add(
                        "CreateDatabase",
                        CreateDatabaseRequest::builder,
                        CreateDatabaseRequest.class,
                        GlueMembers.only(
                                "CreateDatabase", named("DatabaseInput.Name").required("DatabaseInput")),
                        api::createDatabase)
                .add(
                        "GetDatabase",
                        GetDatabaseRequest::builder,
                        GetDatabaseRequest.class,
                        GlueMembers.only("GetDatabase", named("Name")),
                        api::getDatabase)
                .add(
                        "GetDatabases",
                        GetDatabasesRequest::builder,
                        GetDatabasesRequest.class,
                        GlueMembers.only("GetDatabases", named().range("MaxResults", 1, 100)),
                        api::getDatabases)
                .add(
                        "CreateTable",
                        CreateTableRequest::builder,
                        CreateTableRequest.class,
                        GlueMembers.only(
                                "CreateTable",
                                named("DatabaseName", "TableInput.Name").required("TableInput")),
                        api::createTable)
                .add(
                        "GetTable",
                        GetTableRequest::builder,
                        GetTableRequest.class,
                        GlueMembers.only("GetTable", table),
                        api::getTable)
                .add(
                        "GetTables",
                        GetTablesRequest::builder,
                        GetTablesRequest.class,
                        GlueMembers.only("GetTables", named("DatabaseName").range("MaxResults", 1, 100)),
                        api::getTables)
                .add(
                        "DeleteTable",
                        DeleteTableRequest::builder,
                        DeleteTableRequest.class,
                        GlueMembers.only("DeleteTable", named("DatabaseName", "Name")),
                        api::deleteTable);
    }

    /** The rules for names that must be there, and for the catalog's id, which every input may have. */
    private static Constraints named(String... names) {
        Constraints constraints =
                Constraints.none().length("CatalogId", 1, LONGEST_NAME).required(names);
        for (String name : names) {
            constraints.length(name, 1, LONGEST_NAME);
        }
        return constraints;
    }

    /**
     * Returns the namespace of a call. The id of a catalog is that of the account that owns it.
     *
     * @throws ServiceException if the catalog is another account's
     */
    private static Namespace own(@Nullable String catalogId, CallContext call) {
        Namespace caller = call.namespace();
        if (catalogId != null && !catalogId.equals(caller.account())) {
            String target = String.valueOf(call.head().header("X-Amz-Target"));
            throw ServiceException.refused(
                    "AccessDeniedException",
                    ServiceException.notAuthorized(
                            caller.account(),
                            "glue:" + target.substring(target.lastIndexOf('.') + 1),
                            new Namespace(catalogId, caller.region()).arn("glue", "catalog")));
        }
        return caller;
    }

    private CompletionStage<CreateDatabaseResponse> createDatabase(CreateDatabaseRequest request, CallContext call) {
        Namespace own = own(request.catalogId(), call);
        return CompletableFuture.supplyAsync(
                () -> {
                    String description = request.databaseInput().description();
                    catalog.createDatabase(new SchemaCatalog.Database(
                            own,
                            request.databaseInput().name(),
                            description == null ? "" : description,
                            clock.millis()));
                    return CreateDatabaseResponse.builder().build();
                },
                blocking);
    }

    private CompletionStage<GetDatabaseResponse> getDatabase(GetDatabaseRequest request, CallContext call) {
        SchemaCatalog.Database database = catalog.database(own(request.catalogId(), call), request.name());
        return CompletableFuture.completedFuture(
                GetDatabaseResponse.builder().database(shape(database)).build());
    }

    private CompletionStage<GetDatabasesResponse> getDatabases(GetDatabasesRequest request, CallContext call) {
        NamePage<SchemaCatalog.Database> page = NamePage.of(
                catalog.databases(own(request.catalogId(), call)),
                SchemaCatalog.Database::name,
                request.nextToken(),
                request.maxResults());
        return CompletableFuture.completedFuture(GetDatabasesResponse.builder()
                .databaseList(page.shown().stream().map(GlueApi::shape).toList())
                .nextToken(page.nextToken())
                .build());
    }

    private static software.amazon.awssdk.services.glue.model.Database shape(SchemaCatalog.Database database) {
        return software.amazon.awssdk.services.glue.model.Database.builder()
                .name(database.name())
                .catalogId(database.namespace().account())
                .description(database.description().isEmpty() ? null : database.description())
                .createTime(Instant.ofEpochMilli(database.createdEpochMillis()))
                .build();
    }

    private CompletionStage<CreateTableResponse> createTable(CreateTableRequest request, CallContext call) {
        Namespace own = own(request.catalogId(), call);
        return CompletableFuture.supplyAsync(
                () -> {
                    catalog.createTable(tableOf(own, request));
                    return CreateTableResponse.builder().build();
                },
                blocking);
    }

    private SchemaCatalog.Table tableOf(Namespace own, CreateTableRequest request) {
        TableInput input = request.tableInput();
        long now = clock.millis();
        List<SchemaCatalog.Column> columns = input.storageDescriptor() == null
                ? List.of()
                : input.storageDescriptor().columns().stream()
                        .map(column -> new SchemaCatalog.Column(
                                column.name(), column.type() == null ? "string" : column.type()))
                        .toList();
        String definition = new String(ShapeWriter.write(input, BodyFormat.JSON_1_1), StandardCharsets.UTF_8);
        return new SchemaCatalog.Table(own, request.databaseName(), input.name(), columns, definition, now, now, 0);
    }

    private CompletionStage<GetTableResponse> getTable(GetTableRequest request, CallContext call) {
        SchemaCatalog.Table table =
                catalog.table(own(request.catalogId(), call), request.databaseName(), request.name());
        return CompletableFuture.completedFuture(
                GetTableResponse.builder().table(shape(table)).build());
    }

    private CompletionStage<GetTablesResponse> getTables(GetTablesRequest request, CallContext call) {
        NamePage<SchemaCatalog.Table> page = NamePage.of(
                catalog.tables(own(request.catalogId(), call), request.databaseName()),
                SchemaCatalog.Table::name,
                request.nextToken(),
                request.maxResults());
        return CompletableFuture.completedFuture(GetTablesResponse.builder()
                .tableList(page.shown().stream().map(GlueApi::shape).toList())
                .nextToken(page.nextToken())
                .build());
    }

    private CompletionStage<DeleteTableResponse> deleteTable(DeleteTableRequest request, CallContext call) {
        Namespace own = own(request.catalogId(), call);
        return CompletableFuture.supplyAsync(
                () -> {
                    catalog.deleteTable(own, request.databaseName(), request.name());
                    return DeleteTableResponse.builder().build();
                },
                blocking);
    }

    /** The members of TableInput are members of Table too, so the one is read as the other. */
    private static Table shape(SchemaCatalog.Table table) {
        try {
            Table defined = ShapeReader.read(
                    table.definition().getBytes(StandardCharsets.UTF_8),
                    BodyFormat.JSON_1_1,
                    Table::builder,
                    Table.class);
            return defined.toBuilder()
                    .databaseName(table.database())
                    .catalogId(table.namespace().account())
                    .createTime(Instant.ofEpochMilli(table.createdEpochMillis()))
                    .updateTime(Instant.ofEpochMilli(table.updatedEpochMillis()))
                    .versionId(Integer.toString(table.version()))
                    .build();
        } catch (MalformedBodyException e) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "table %s: its definition is damaged", table.name()), e);
        }
    }
}
