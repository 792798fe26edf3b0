package io.millrace.firehose.job;

import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.ledger.FileVersionStore;
import io.millrace.firehose.ledger.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A bucket in a local directory, and the specification of a delivery into it. */
record Delivered(Path bucket) {

    DeliverySpec spec(DeliverySpec.Compression compression, String delimiter, List<DeliverySpec.Column> columns) {
        return spec(compression, delimiter, columns, 100);
    }

    DeliverySpec spec(
            DeliverySpec.Compression compression, String delimiter, List<DeliverySpec.Column> columns, long maxBytes) {
        return new DeliverySpec(
                "orders",
                "arn:orders",
                "1",
                new DeliverySpec.Source("arn:source", null, "us-east-1", 0, null),
                new DeliverySpec.ObjectTarget(
                        bucket.toUri().toString().replaceFirst("/$", ""),
                        "data/!{timestamp:yyyy}/",
                        "errors/",
                        "UTC",
                        maxBytes,
                        1000,
                        compression,
                        null,
                        delimiter,
                        columns),
                null);
    }

    Ledger ledger() {
        return new Ledger(
                new FileVersionStore(bucket.resolve(".millrace")),
                "stream",
                () -> UUID.randomUUID().toString());
    }

    /** Returns the keys of visible objects, in their order. */
    List<String> keys() throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> bucket.relativize(file).toString())
                    .filter(key -> !key.startsWith(".") && !key.contains("/."))
                    .sorted()
                    .toList();
        }
    }

    String content(String key) throws IOException {
        return Files.readString(bucket.resolve(key));
    }
}
