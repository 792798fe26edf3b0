package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.source.KinesisRecord;
import java.util.Arrays;
import java.util.function.Function;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;

/** What a table can show of a record besides its data, as {@code METADATA} columns. */
enum RecordMetadata {
    TIMESTAMP(
            "timestamp",
            DataTypes.TIMESTAMP_LTZ(3).notNull(),
            record -> TimestampData.fromEpochMillis(record.arrivalEpochMillis())),
    SEQUENCE_NUMBER(
            "sequence-number", DataTypes.STRING().notNull(), record -> StringData.fromString(record.sequenceNumber())),
    SHARD_ID("shard-id", DataTypes.STRING().notNull(), record -> StringData.fromString(record.shardId())),
    PARTITION_KEY(
            "partition-key", DataTypes.STRING().notNull(), record -> StringData.fromString(record.partitionKey()));

    private final String key;
    private final DataType type;
    private final Function<KinesisRecord, Object> value;

    RecordMetadata(String key, DataType type, Function<KinesisRecord, Object> value) {
        this.key = key;
        this.type = type;
        this.value = value;
    }

    String key() {
        return key;
    }

    DataType type() {
        return type;
    }

    Object of(KinesisRecord record) {
        return value.apply(record);
    }

    static RecordMetadata ofKey(String key) {
        return Arrays.stream(values())
                .filter(column -> column.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no metadata column " + key));
    }
}
