package io.millrace.firehose.control;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.DataFormatConversionConfiguration;
import software.amazon.awssdk.services.firehose.model.Deserializer;
import software.amazon.awssdk.services.firehose.model.EncryptionConfiguration;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.OpenXJsonSerDe;
import software.amazon.awssdk.services.firehose.model.RedshiftDestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.RedshiftS3BackupMode;
import software.amazon.awssdk.services.firehose.model.S3BackupMode;

/**
 * Refuses what a delivery would otherwise pass over in silence, and so deliver other data than was asked for, or not
 * where or how. Stateless.
 */
final class Unavailable {
    private Unavailable() {}

    /** @throws io.millrace.protocol.api.ServiceException that names what is not available */
    static void refuse(CreateDeliveryStreamRequest request, ExtendedS3DestinationConfiguration s3) {
        Map<String, Boolean> asked = new LinkedHashMap<>();
        asked.put("S3BackupMode Enabled", s3.s3BackupMode() == S3BackupMode.ENABLED);
        EncryptionConfiguration encryption = s3.encryptionConfiguration();
        asked.put("KMSEncryptionConfig", encryption != null && encryption.kmsEncryptionConfig() != null);
        asked.put(
                "Dynamic partitioning",
                s3.dynamicPartitioningConfiguration() != null
                        && Boolean.TRUE.equals(
                                s3.dynamicPartitioningConfiguration().enabled()));
        RedshiftDestinationConfiguration redshift = request.redshiftDestinationConfiguration();
        if (redshift != null) {
            asked.put("S3BackupMode Enabled", redshift.s3BackupMode() == RedshiftS3BackupMode.ENABLED);
            asked.put(
                    "SecretsManagerConfiguration",
                    redshift.secretsManagerConfiguration() != null
                            && Boolean.TRUE.equals(
                                    redshift.secretsManagerConfiguration().enabled()));
        }
        DataFormatConversionConfiguration conversion = s3.dataFormatConversionConfiguration();
        Deserializer deserializer = conversion == null
                        || Boolean.FALSE.equals(conversion.enabled())
                        || conversion.inputFormatConfiguration() == null
                ? null
                : conversion.inputFormatConfiguration().deserializer();
        if (deserializer != null && deserializer.openXJsonSerDe() != null) {
            OpenXJsonSerDe openX = deserializer.openXJsonSerDe();
            asked.put(
                    "OpenXJsonSerDe.ColumnToJsonKeyMappings",
                    !openX.columnToJsonKeyMappings().isEmpty());
            asked.put(
                    "OpenXJsonSerDe.ConvertDotsInJsonKeysToUnderscores",
                    Boolean.TRUE.equals(openX.convertDotsInJsonKeysToUnderscores()));
            asked.put("OpenXJsonSerDe.CaseInsensitive false", Boolean.FALSE.equals(openX.caseInsensitive()));
        }
        if (deserializer != null && deserializer.hiveJsonSerDe() != null) {
            asked.put(
                    "HiveJsonSerDe.TimestampFormats",
                    !deserializer.hiveJsonSerDe().timestampFormats().isEmpty());
        }
        asked.forEach((what, isAsked) -> {
            if (isAsked) {
                throw FirehoseErrors.invalidArgument(String.format(Locale.ROOT, "%s is not available.", what));
            }
        });
    }
}
