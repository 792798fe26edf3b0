package io.millrace.firehose.job;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.ledger.FailedAttempts;
import io.millrace.firehose.ledger.FileVersionStore;
import io.millrace.firehose.ledger.Ledger;
import io.millrace.firehose.ledger.S3Access;
import io.millrace.firehose.ledger.S3VersionStore;
import io.millrace.firehose.ledger.VersionStore;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Finds the ledger of a delivery: below {@value #FOLDER} in the bucket of its objects. */
final class Ledgers {
    static final String FOLDER = ".millrace/deliveries/";

    private Ledgers() {}

    /** Opens the ledger of a delivery on a task manager. Travels there, so it is serializable. */
    @FunctionalInterface
    interface Opener extends Serializable {
        /** @param cluster the configuration of the task manager */
        Ledger open(ReadableConfig cluster) throws IOException;
    }

    static Opener of(DeliverySpec spec, Connection source) {
        return cluster -> new Ledger(
                store(spec, cluster),
                sourceOf(spec, source),
                () -> UUID.randomUUID().toString(),
                FailedAttempts.of(spec.deliveryStreamArn() + " " + spec.source().fromEpochMillis()));
    }

    /** Returns which stream this is: its ARN, and when it was made. */
    private static String sourceOf(DeliverySpec spec, Connection connection) throws IOException {
        String arn = spec.source().streamArn();
        try (KinesisClient client = connection.open()) {
            return arn + " "
                    + client.describeStreamSummary(request -> request.streamARN(arn))
                            .streamDescriptionSummary()
                            .streamCreationTimestamp()
                            .toEpochMilli();
        } catch (software.amazon.awssdk.core.exception.SdkException e) {
            throw new IOException(arn + " cannot be described: " + e.getMessage(), e);
        }
    }

    private static VersionStore store(DeliverySpec spec, ReadableConfig cluster) throws IOException {
        URI base = URI.create(spec.objects().baseUri() + "/");
        String folder = FOLDER + spec.deliveryStream() + "-" + spec.source().fromEpochMillis() + "/";
        return switch (String.valueOf(base.getScheme())) {
            case "file" -> new FileVersionStore(Path.of(base).resolve(folder));
            case "s3", "s3a" -> S3VersionStore.open(access(cluster), base.getHost(), folder);
            default ->
                throw new IllegalArgumentException(
                        "objects: " + base + " (expected: a bucket s3://name or a directory file:///path)");
        };
    }

    private static S3Access access(ReadableConfig cluster) {
        String endpoint = setting(cluster, "s3.endpoint");
        String region = setting(cluster, "s3.region");
        String accessKey = setting(cluster, "s3.access-key", "s3.access.key");
        String secretKey = setting(cluster, "s3.secret-key", "s3.secret.key");
        String pathStyle = setting(cluster, "s3.path-style-access", "s3.path.style.access");
        return new S3Access(endpoint, region, accessKey, secretKey, Boolean.parseBoolean(pathStyle));
    }

    private static @Nullable String setting(ReadableConfig cluster, String... keys) {
        for (String key : keys) {
            ConfigOption<String> option = ConfigOptions.key(key).stringType().noDefaultValue();
            String value = cluster.getOptional(option).orElse(null);
            if (value != null) {
                return value;
            }
        }
        return null;
    }
}
