package io.millrace.firehose.control;

import io.millrace.protocol.api.HeededMembers;
import java.util.ArrayList;
import java.util.List;

/**
 * The members of CreateDeliveryStream that are heeded, or mean nothing here; all others are refused by name. Stateless.
 */
final class Heeded {
    /** Of every destination in S3, also of the one before a warehouse. */
    private static final List<String> S3 = List.of(
            "",
            ".RoleARN", // who may do what is not asked here: given back
            ".BucketARN",
            ".Prefix",
            ".ErrorOutputPrefix",
            ".BufferingHints",
            ".BufferingHints.SizeInMBs",
            ".BufferingHints.IntervalInSeconds",
            ".CompressionFormat",
            ".EncryptionConfiguration",
            ".EncryptionConfiguration.NoEncryptionConfig",
            ".CloudWatchLoggingOptions", // failures are in the node's log: given back
            ".CloudWatchLoggingOptions.*");

    private static final List<String> PROCESSING = List.of(
            ".ProcessingConfiguration",
            ".ProcessingConfiguration.Enabled",
            ".ProcessingConfiguration.Processors",
            ".ProcessingConfiguration.Processors.Type",
            ".ProcessingConfiguration.Processors.Parameters",
            ".ProcessingConfiguration.Processors.Parameters.ParameterName",
            ".ProcessingConfiguration.Processors.Parameters.ParameterValue");

    private static final List<String> CONVERSION = List.of(
            "",
            ".Enabled",
            ".SchemaConfiguration",
            ".SchemaConfiguration.RoleARN", // as above
            ".SchemaConfiguration.DatabaseName",
            ".SchemaConfiguration.TableName",
            ".SchemaConfiguration.Region", // the node has one catalog for all
            ".SchemaConfiguration.CatalogId",
            ".SchemaConfiguration.VersionId",
            ".InputFormatConfiguration",
            ".InputFormatConfiguration.Deserializer",
            ".InputFormatConfiguration.Deserializer.OpenXJsonSerDe",
            ".InputFormatConfiguration.Deserializer.OpenXJsonSerDe.ConvertDotsInJsonKeysToUnderscores",
            ".InputFormatConfiguration.Deserializer.OpenXJsonSerDe.CaseInsensitive",
            ".InputFormatConfiguration.Deserializer.OpenXJsonSerDe.ColumnToJsonKeyMappings",
            ".InputFormatConfiguration.Deserializer.HiveJsonSerDe",
            ".InputFormatConfiguration.Deserializer.HiveJsonSerDe.TimestampFormats",
            ".OutputFormatConfiguration",
            ".OutputFormatConfiguration.Serializer",
            ".OutputFormatConfiguration.Serializer.ParquetSerDe",
            ".OutputFormatConfiguration.Serializer.ParquetSerDe.Compression",
            // How a file is laid out, which changes nothing that can be read of it.
            ".OutputFormatConfiguration.Serializer.ParquetSerDe.BlockSizeBytes",
            ".OutputFormatConfiguration.Serializer.ParquetSerDe.PageSizeBytes",
            ".OutputFormatConfiguration.Serializer.ParquetSerDe.EnableDictionaryCompression",
            ".OutputFormatConfiguration.Serializer.ParquetSerDe.MaxPaddingBytes",
            ".OutputFormatConfiguration.Serializer.ParquetSerDe.WriterVersion");

    private static final List<String> REDSHIFT = List.of(
            "",
            ".RoleARN", // as above
            ".ClusterJDBCURL",
            ".CopyCommand",
            ".CopyCommand.DataTableName",
            ".CopyCommand.DataTableColumns",
            ".CopyCommand.CopyOptions",
            ".Username",
            ".Password",
            ".RetryOptions",
            ".RetryOptions.DurationInSeconds",
            ".S3BackupMode",
            ".CloudWatchLoggingOptions", // as above
            ".CloudWatchLoggingOptions.*",
            ".SecretsManagerConfiguration",
            ".SecretsManagerConfiguration.*"); // refused where it is enabled

    static final HeededMembers CREATE = HeededMembers.of(create());

    private Heeded() {}

    private static List<String> create() {
        List<String> paths = new ArrayList<>(List.of(
                "DeliveryStreamName",
                "DeliveryStreamType",
                "DirectPutSourceConfiguration", // the node takes what comes, and needs no hint of how much that will be
                "DirectPutSourceConfiguration.ThroughputHintInMBs",
                "KinesisStreamSourceConfiguration",
                "KinesisStreamSourceConfiguration.KinesisStreamARN",
                "KinesisStreamSourceConfiguration.RoleARN", // as above
                "Tags",
                "Tags.Key",
                "Tags.Value"));
        String extended = "ExtendedS3DestinationConfiguration";
        add(paths, "S3DestinationConfiguration", S3);
        add(paths, extended, S3);
        add(paths, extended, PROCESSING);
        add(paths, extended, List.of(".S3BackupMode", ".FileExtension", ".CustomTimeZone"));
        add(
                paths,
                extended,
                List.of(
                        ".DynamicPartitioningConfiguration", // refused where it is enabled
                        ".DynamicPartitioningConfiguration.Enabled"));
        add(paths, extended + ".DataFormatConversionConfiguration", CONVERSION);
        add(paths, "RedshiftDestinationConfiguration", REDSHIFT);
        add(paths, "RedshiftDestinationConfiguration", PROCESSING);
        add(paths, "RedshiftDestinationConfiguration.S3Configuration", S3);
        return paths;
    }

    private static void add(List<String> paths, String parent, List<String> members) {
        members.forEach(member -> paths.add(parent + member));
    }
}
