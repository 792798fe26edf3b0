package io.millrace.firehose.control;

import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.DestinationDescription;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationDescription;
import software.amazon.awssdk.services.firehose.model.RedshiftDestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.RedshiftDestinationDescription;
import software.amazon.awssdk.services.firehose.model.S3DestinationDescription;

/**
 * The shapes of destinations. A configuration and its description share the names of their members, so the one is read
 * as the other; what has another name is put in by hand.
 */
final class Destinations {
    private static final String DESTINATION_ID = "destinationId-000000000001";

    private static final String FILE_EXTENSION = "^$|\\.[0-9a-z!\\-_.*'()]+";

    private Destinations() {}

    /**
     * Adds how long the texts of a destination may be, by the service model of 2015-08-04: expressions are looked for
     * in them. But copy options are shorter here: few are available.
     */
    static Constraints limits(Constraints constraints) {
        for (String s3 : List.of(
                "ExtendedS3DestinationConfiguration",
                "S3DestinationConfiguration",
                "RedshiftDestinationConfiguration.S3Configuration")) {
            constraints
                    .length(s3 + ".BucketARN", 1, 2048)
                    .length(s3 + ".Prefix", 0, 1024)
                    .length(s3 + ".ErrorOutputPrefix", 0, 1024);
        }
        return constraints
                .length("ExtendedS3DestinationConfiguration.FileExtension", 0, 128)
                .pattern("ExtendedS3DestinationConfiguration.FileExtension", FILE_EXTENSION)
                .length("ExtendedS3DestinationConfiguration.CustomTimeZone", 0, 50)
                .length("RedshiftDestinationConfiguration.ClusterJDBCURL", 1, 512)
                .length("RedshiftDestinationConfiguration.CopyCommand.DataTableName", 1, 512)
                .length("RedshiftDestinationConfiguration.CopyCommand.DataTableColumns", 0, 204_800)
                .length("RedshiftDestinationConfiguration.CopyCommand.CopyOptions", 0, 10_240);
    }

    /** @throws io.millrace.protocol.api.ServiceException if a request names another number of destinations than one */
    static void refuseAllButOne(CreateDeliveryStreamRequest request) {
        long destinations = request.sdkFields().stream()
                .filter(field -> field.memberName().endsWith("DestinationConfiguration"))
                .filter(field -> field.getValueOrDefault(request) != null)
                .count();
        if (destinations != 1) {
            throw FirehoseErrors.invalidArgument("Exactly one destination configuration is supported for a Firehose");
        }
    }

    /** Returns where objects go, whichever destination the request names. */
    static ExtendedS3DestinationConfiguration s3(CreateDeliveryStreamRequest request) {
        SdkPojo configured = configuredS3(request);
        if (configured == null) {
            throw FirehoseErrors.invalidArgument(
                    "One of ExtendedS3DestinationConfiguration, S3DestinationConfiguration and"
                            + " RedshiftDestinationConfiguration is required; other destinations are not available.");
        }
        return as(configured, ExtendedS3DestinationConfiguration::builder, ExtendedS3DestinationConfiguration.class);
    }

    @SuppressWarnings("deprecation") // the old S3 destination is deprecated by AWS and still sent by users
    private static @Nullable SdkPojo configuredS3(CreateDeliveryStreamRequest request) {
        if (request.extendedS3DestinationConfiguration() != null) {
            return request.extendedS3DestinationConfiguration();
        }
        if (request.redshiftDestinationConfiguration() != null) {
            return request.redshiftDestinationConfiguration().s3Configuration();
        }
        return request.s3DestinationConfiguration();
    }

    static DestinationDescription describe(CreateDeliveryStreamRequest request) {
        DestinationDescription.Builder description =
                DestinationDescription.builder().destinationId(DESTINATION_ID);
        RedshiftDestinationConfiguration redshift = request.redshiftDestinationConfiguration();
        if (redshift != null) {
            RedshiftDestinationDescription described =
                    as(redshift, RedshiftDestinationDescription::builder, RedshiftDestinationDescription.class);
            return description
                    .redshiftDestinationDescription(described.toBuilder()
                            .clusterJDBCURL(WarehouseUrl.shown(redshift.clusterJDBCURL()))
                            .s3DestinationDescription(plain(redshift.s3Configuration()))
                            .build())
                    .build();
        }
        ExtendedS3DestinationConfiguration s3 = s3(request);
        return description
                .extendedS3DestinationDescription(
                        as(s3, ExtendedS3DestinationDescription::builder, ExtendedS3DestinationDescription.class))
                .s3DestinationDescription(plain(s3))
                .build();
    }

    private static S3DestinationDescription plain(SdkPojo s3) {
        return as(s3, S3DestinationDescription::builder, S3DestinationDescription.class);
    }

    private static <T> T as(SdkPojo shape, Supplier<? extends SdkPojo> builder, Class<T> type) {
        try {
            return ShapeReader.read(ShapeWriter.write(shape, BodyFormat.JSON_1_1), BodyFormat.JSON_1_1, builder, type);
        } catch (MalformedBodyException e) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "%s cannot be read as %s", shape.getClass(), type), e);
        }
    }
}
