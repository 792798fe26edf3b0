package io.millrace.firehose.catalog;

import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.HeededMembers;
import io.millrace.protocol.api.ServiceException;
import java.util.List;
import java.util.Map;

/** The members that the operations of Glue heed; the others are refused by name. Stateless. */
final class GlueMembers {
    static final Map<String, HeededMembers> HEEDED = Map.of(
            "CreateDatabase", of("CatalogId", "DatabaseInput", "DatabaseInput.Name", "DatabaseInput.Description"),
            "GetDatabase", of("CatalogId", "Name"),
            "GetDatabases", of("CatalogId", "NextToken", "MaxResults"),
            "CreateTable",
                    of("CatalogId", "DatabaseName", "TableInput", "TableInput.*"), // kept as a whole and given back
            "GetTable", of("CatalogId", "DatabaseName", "Name"),
            "GetTables", of("CatalogId", "DatabaseName", "NextToken", "MaxResults"),
            "DeleteTable", of("CatalogId", "DatabaseName", "Name"));

    private GlueMembers() {}

    private static HeededMembers of(String... paths) {
        return HeededMembers.of(List.of(paths));
    }

    static Constraints only(String operation, Constraints constraints) {
        HeededMembers heeded = HEEDED.get(operation);
        if (heeded == null) {
            throw new IllegalArgumentException(
                    "operation: " + operation + " (expected: one of " + HEEDED.keySet() + ")");
        }
        return constraints.only(
                heeded, member -> ServiceException.refused("InvalidInputException", member + " is not available."));
    }
}
