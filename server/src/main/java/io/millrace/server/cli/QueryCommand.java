package io.millrace.server.cli;

import io.millrace.server.node.Connections;
import io.millrace.server.query.ParquetQuery;
import io.millrace.server.query.WarehouseQuery;
import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace query}: SQL over delivered files, or over the warehouse. */
@Command(
        mixinStandardHelpOptions = true,
        name = "query",
        description = {
            "Runs SQL over delivered files: FROM 's3://bucket/prefix/**/*.parquet' reads all that match.",
            "With --warehouse, runs it in the warehouse."
        })
final class QueryCommand implements Callable<Integer> {
    @Mixin
    private NodeLocation node = new NodeLocation();

    @Option(names = "--warehouse", description = "Ask the warehouse instead of the files.")
    private boolean inWarehouse;

    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "Show at most this many rows (default: ${DEFAULT-VALUE}).")
    private int rows = 1000;

    @Parameters(paramLabel = "SQL", description = "The query.")
    private @Nullable String sql;

    @Override
    public Integer call() throws IOException, UserException {
        Connections connections = node.connections();
        String query = sql == null ? "" : sql;
        if (inWarehouse) {
            Connections.WarehouseAccess warehouse = connections.warehouse();
            if (warehouse == null) {
                throw new UserException("this node has no warehouse");
            }
            return WarehouseQuery.run(
                    query, warehouse.jdbcUrl(), warehouse.user(), warehouse.password(), System.out, rows);
        }
        Connections.ObjectStoreAccess s3 = connections.s3();
        if (s3 == null) {
            throw new UserException("this node has no object store");
        }
        try (ObjectStore store = new ObjectStore(URI.create(s3.url()), s3.region(), s3.accessKey(), s3.secretKey())) {
            return ParquetQuery.run(query, store, node.directory().resolve("query-cache"), System.out, rows);
        }
    }
}
