package io.millrace.analytics.connector.table;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/**
 * Gives each row of a sink its partition key: the values of the table's partition columns, a random one, or one fixed
 * key a task.
 */
final class PartitionKeys implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<RowData.FieldGetter> columns;
    private final String delimiter;
    private final boolean fixed;
    private transient @Nullable String fixedKey; // made where it is used, so that every task has one of its own

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
            throw new ValidationException(
                    String.format(Locale.ROOT, "sink.partitioner: %s (expected: random or fixed)", partitioner));
        }
        return new PartitionKeys(getters, delimiter, partitioner.equals("fixed"));
    }

    @Override
    public String toString() {
        return "PartitionKeys[columns=" + columns.size() + ", delimiter=" + delimiter + ", fixed=" + fixed + "]";
    }

    String keyOf(RowData row) {
        if (columns.isEmpty()) {
            return fixed ? fixedKey() : UUID.randomUUID().toString();
        }
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            key.append(i > 0 ? delimiter : "").append(columns.get(i).getFieldOrNull(row));
        }
        return key.length() > 256 ? key.substring(0, 256) : key.toString();
    }

    private String fixedKey() {
        String key = fixedKey;
        if (key == null) {
            key = UUID.randomUUID().toString();
            fixedKey = key;
        }
        return key;
    }
}
