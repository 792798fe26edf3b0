package io.millrace.analytics.connector.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class PartitionKeysTest {
    private static final DataType TYPE = DataTypes.ROW(
            DataTypes.FIELD("id", DataTypes.BIGINT()),
            DataTypes.FIELD("region", DataTypes.STRING()),
            DataTypes.FIELD("city", DataTypes.STRING()));

    private static RowData row(String region, String city) {
        return GenericRowData.of(7L, StringData.fromString(region), city == null ? null : StringData.fromString(city));
    }

    @Test
    void partitionColumnsAreJoinedInTheirOrder() {
        PartitionKeys keys = PartitionKeys.of("random", "|", List.of("region", "id", "city"), TYPE);
        assertThat(keys.keyOf(row("eu", "Ulm"))).isEqualTo("eu|7|Ulm");
        assertThat(keys.keyOf(row("", null))).isEqualTo("|7|null");
    }

    @Test
    void aKeyIsCutToWhatKinesisTakes() {
        PartitionKeys keys = PartitionKeys.of("random", "|", List.of("region"), TYPE);
        assertThat(keys.keyOf(row("x".repeat(300), ""))).isEqualTo("x".repeat(256));
    }

    @Test
    void withoutColumnsAKeyIsRandomOrOneForEachTask() throws IOException, ClassNotFoundException {
        PartitionKeys random = PartitionKeys.of("random", "|", List.of(), TYPE);
        assertThat(random.keyOf(row("a", "b"))).isNotEqualTo(random.keyOf(row("a", "b")));

        PartitionKeys fixed = PartitionKeys.of("fixed", "|", List.of(), TYPE);
        PartitionKeys oneTask = copy(fixed);
        PartitionKeys another = copy(fixed);
        assertThat(oneTask.keyOf(row("a", "b"))).isEqualTo(oneTask.keyOf(row("c", "d")));
        assertThat(oneTask.keyOf(row("a", "b"))).isNotEqualTo(another.keyOf(row("a", "b")));
    }

    private static PartitionKeys copy(PartitionKeys keys) throws IOException, ClassNotFoundException {
        return InstantiationUtil.clone(keys);
    }

    @Test
    void anUnknownPartitionerIsRefused() {
        assertThatThrownBy(() -> PartitionKeys.of("com.example.Mine", "|", List.of(), TYPE))
                .isInstanceOf(ValidationException.class)
                .hasMessage("sink.partitioner: com.example.Mine (expected: random or fixed)");
    }
}
