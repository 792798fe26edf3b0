package io.millrace.firehose.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class DeliverySpecTest {
    private static final DeliverySpec.ObjectTarget OBJECTS = new DeliverySpec.ObjectTarget(
            "s3://lake",
            "raw/",
            null,
            "UTC",
            5 << 20,
            300_000,
            DeliverySpec.Compression.PARQUET_SNAPPY,
            ".parq",
            "\n",
            List.of(new DeliverySpec.Column("id", "bigint"), new DeliverySpec.Column("price", "decimal(10,2)")));

    @Test
    void aSpecificationIsReadAsItWasWritten() {
        DeliverySpec whole = new DeliverySpec(
                "orders",
                "arn:aws:firehose:us-east-1:000000000000:deliverystream/orders",
                "1",
                new DeliverySpec.Source("arn:x", "http://localhost:4566", "us-east-1", 17, null),
                OBJECTS,
                new DeliverySpec.WarehouseTarget(
                        "jdbc:postgresql://h/d", "u", "p\"'\u00e9", "t", "a,b", "JSON 'auto'", 3_600_000));
        assertThat(DeliverySpec.fromJson(whole.toJson())).isEqualTo(whole);

        DeliverySpec least = new DeliverySpec(
                "orders", "arn:y", "1", new DeliverySpec.Source("arn:x", null, "us-east-1", 0, null), OBJECTS, null);
        assertThat(DeliverySpec.fromJson(least.toJson())).isEqualTo(least);
    }

    @Test
    void whatIsNoSpecificationIsRefused() {
        assertThatThrownBy(() -> DeliverySpec.fromJson("{"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the delivery specification cannot be read");
        assertThatThrownBy(() -> DeliverySpec.fromJson("{\"objects\":{\"compression\":\"LZO\"}}"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
