package io.millrace.analytics.connector.table;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Gives each row of a sink its partition key: the values of the table's partition columns, a random one, or one fixed key
 * a task.
 */
final class PartitionKeys implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<RowData.FieldGetter> columns;
    private final String delimiter;
    private final boolean fixed;
    private final String fixedKey = UUID.randomUUID().toString();

    private PartitionKeys(List<RowData.FieldGetter> columns, String delimiter, boolean fixed) {
        this.columns = columns;
        this.delimiter = delimiter;
        this.fixed = fixed;
    }

    static PartitionKeys of(String partitioner, String delimiter, List<String> partitionColumns, DataType type) {
        RowType row = (RowType) type.getLogicalType();
        List<RowData.FieldGetter> getters = new ArrayList<>();
        for (String column : partitionColumns) {
            int index = row.getFieldIndex(column);
            LogicalType fieldType = row.getTypeAt(index);
            getters.add(RowData.createFieldGetter(fieldType, index));
        }
        if (!partitioner.equals("random") && !partitioner.equals("fixed")) {
            throw new ValidationException("sink.partitioner: %s (expected: random or fixed)".formatted(partitioner));
        }
        return new PartitionKeys(getters, delimiter, partitioner.equals("fixed"));
    }

    String keyOf(RowData row) {
        if (columns.isEmpty()) {
            return fixed ? fixedKey : UUID.randomUUID().toString();
        }
        StringBuilder key = new StringBuilder();
        for (RowData.FieldGetter column : columns) {
            if (key.length() > 0) {
                key.append(delimiter);
            }
            key.append(column.getFieldOrNull(row));
        }
        return key.length() > 256 ? key.substring(0, 256) : key.toString();
    }
}
