package io.millrace.firehose.control;

import io.millrace.firehose.catalog.SchemaCatalog;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.firehose.model.BufferingHints;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;
import software.amazon.awssdk.services.firehose.model.DataFormatConversionConfiguration;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.ParquetCompression;
import software.amazon.awssdk.services.firehose.model.ParquetSerDe;
import software.amazon.awssdk.services.firehose.model.ProcessingConfiguration;
import software.amazon.awssdk.services.firehose.model.Processor;
import software.amazon.awssdk.services.firehose.model.ProcessorParameter;
import software.amazon.awssdk.services.firehose.model.ProcessorType;
import software.amazon.awssdk.services.firehose.model.RedshiftDestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.SchemaConfiguration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns the request that creates a delivery stream into the specification of its job, refusing what cannot be
 * delivered.
 *
 * <p>The result is JSON, the only thing that this package and the job have in common. Stateless.
 */
final class Specifications {
    private static final Pattern BUCKET_ARN = Pattern.compile("arn:aws[^:]*:s3:::([\\w.-]{1,255})");
    /** Precision 1 to 38 and a scale of two digits at most; the job knows the rest. */
    private static final Pattern SCALAR =
            Pattern.compile("boolean|tinyint|smallint|int|integer|bigint|float|double|string"
                    + "|date|timestamp|(?:var)?char\\(\\s*\\d+\\s*\\)"
                    + "|decimal(?:\\(\\s*(?:[1-9]|[12]\\d|3[0-8])\\s*(?:,\\s*\\d{1,2}\\s*)?\\))?");

    private static final Pattern COPY_OPTIONS = Pattern.compile(
            "\\s*(?:(?:(?:FORMAT\\s+(?:AS\\s+)?)?JSON\\s+(?:AS\\s+)?'auto(?:"
                    + " ignorecase)?'|(?:FORMAT\\s+(?:AS\\s+)?)?CSV|GZIP|DELIMITER\\s+(?:AS\\s+)?'(?:\\\\t|.)')\\s*)*",
            Pattern.CASE_INSENSITIVE);
    private static final long MEBIBYTE = 1024L * 1024;
    private static final int DEFAULT_SIZE_MIB = 5;
    private static final int DEFAULT_CONVERSION_SIZE_MIB = 128;
    private static final int MIN_CONVERSION_SIZE_MIB = 64;
    private static final int MAX_SIZE_MIB = 128;
    private static final int DEFAULT_INTERVAL_SECONDS = 300;
    private static final int MAX_INTERVAL_SECONDS = 900;
    private static final int DEFAULT_RETRY_SECONDS = 3600;

    private final SchemaCatalog catalog;
    private final @Nullable String sourceEndpoint;
    private final WarehouseReach reach;

    /** @param jobs says how jobs reach the streams, and which warehouse is the node's own */
    Specifications(SchemaCatalog catalog, DeliveryJobs jobs) {
        this.catalog = catalog;
        this.sourceEndpoint = jobs.sourceEndpoint();
        this.reach = new WarehouseReach(jobs::ownWarehouse);
    }

    /**
     * Where a job reads.
     *
     * @param key absent where the environment of jobs has one that may
     */
    record SourceStream(String arn, @Nullable SourceKey key) {}

    String specification(DeliveryStream stream, CreateDeliveryStreamRequest request, SourceStream sourceStream) {
        RedshiftDestinationConfiguration redshift = request.redshiftDestinationConfiguration();
        ExtendedS3DestinationConfiguration s3 = Destinations.s3(request);
        ProcessingConfiguration processing =
                redshift == null ? s3.processingConfiguration() : redshift.processingConfiguration();
        Map<String, @Nullable Object> specification = new LinkedHashMap<>();
        specification.put("deliveryStream", stream.name());
        specification.put("deliveryStreamArn", stream.arn());
        specification.put("version", "1");
        Map<String, @Nullable Object> source = new LinkedHashMap<>();
        source.put("streamArn", sourceStream.arn());
        if (sourceStream.key() != null) {
            source.put("accessKey", sourceStream.key().id());
            source.put("secretKey", sourceStream.key().secret());
        }
        source.put("endpoint", sourceEndpoint);
        source.put("region", stream.namespace().region());
        source.put("fromEpochMillis", stream.createdEpochMillis());
        specification.put("source", source);
        specification.put("objects", objects(stream.namespace(), s3, delimiter(processing)));
        specification.put("warehouse", redshift == null ? null : warehouse(redshift, reach(redshift)));
        return JsonMapper.shared().writeValueAsString(specification);
    }

    private Map<String, @Nullable Object> objects(
            Namespace namespace, ExtendedS3DestinationConfiguration s3, String delimiter) {
        DataFormatConversionConfiguration conversion = s3.dataFormatConversionConfiguration();
        boolean converts = conversion != null && !Boolean.FALSE.equals(conversion.enabled());
        BufferingHints hints = s3.bufferingHints();
        Map<String, @Nullable Object> objects = new LinkedHashMap<>();
        objects.put("baseUri", "s3://" + bucket(s3.bucketARN()));
        objects.put("prefix", s3.prefix() == null ? "" : s3.prefix());
        objects.put("errorPrefix", s3.errorOutputPrefix());
        objects.put("timeZone", s3.customTimeZone() == null ? "UTC" : s3.customTimeZone());
        objects.put("maxBytes", sizeMib(hints, converts) * MEBIBYTE);
        objects.put("maxAgeMillis", intervalSeconds(hints) * 1000L);
        objects.put("compression", converts ? parquetCompression(conversion) : compression(s3));
        String extension = s3.fileExtension();
        objects.put("fileExtension", extension == null || extension.isEmpty() ? null : extension);
        objects.put("delimiter", delimiter);
        objects.put("columns", converts ? columns(namespace, conversion) : List.of());
        Prefixes.check(s3.prefix(), s3.errorOutputPrefix(), s3.customTimeZone() == null ? "UTC" : s3.customTimeZone());
        return objects;
    }

    private static String bucket(String arn) {
        Matcher matcher = BUCKET_ARN.matcher(arn == null ? "" : arn);
        if (!matcher.matches()) {
            throw FirehoseErrors.invalidArgument(
                    String.format(Locale.ROOT, "BucketARN %s is not the ARN of an S3 bucket.", arn));
        }
        return matcher.group(1);
    }

    private static int sizeMib(@Nullable BufferingHints hints, boolean converts) {
        int minimum = converts ? MIN_CONVERSION_SIZE_MIB : 1;
        if (hints == null || hints.sizeInMBs() == null) {
            return converts ? DEFAULT_CONVERSION_SIZE_MIB : DEFAULT_SIZE_MIB;
        }
        int size = hints.sizeInMBs();
        if (size < minimum || size > MAX_SIZE_MIB) {
            throw FirehoseErrors.invalidArgument(
                    converts
                            ? "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."
                            : "BufferingHints.SizeInMBs must be between 1 and 128.");
        }
        return size;
    }

    private static int intervalSeconds(@Nullable BufferingHints hints) {
        if (hints == null || hints.intervalInSeconds() == null) {
            return DEFAULT_INTERVAL_SECONDS;
        }
        int interval = hints.intervalInSeconds();
        if (interval < 0 || interval > MAX_INTERVAL_SECONDS) {
            throw FirehoseErrors.invalidArgument("BufferingHints.IntervalInSeconds must be between 0 and 900.");
        }
        return interval;
    }

    private static String compression(ExtendedS3DestinationConfiguration s3) {
        if (s3.compressionFormat() == null) {
            return "NONE";
        }
        return switch (s3.compressionFormat()) {
            case UNCOMPRESSED -> "NONE";
            case GZIP -> "GZIP";
            case ZIP -> "ZIP";
            case SNAPPY -> "SNAPPY";
            case HADOOP_SNAPPY -> "HADOOP_SNAPPY";
            case UNKNOWN_TO_SDK_VERSION ->
                throw FirehoseErrors.invalidArgument(String.format(
                        Locale.ROOT, "CompressionFormat %s is not valid.", s3.compressionFormatAsString()));
        };
    }

    private static String parquetCompression(DataFormatConversionConfiguration conversion) {
        ParquetSerDe parquet = conversion.outputFormatConfiguration() == null
                        || conversion.outputFormatConfiguration().serializer() == null
                ? null
                : conversion.outputFormatConfiguration().serializer().parquetSerDe();
        if (parquet == null) {
            throw FirehoseErrors.invalidArgument(
                    "OutputFormatConfiguration must have a ParquetSerDe; ORC is not available.");
        }
        ParquetCompression compression =
                parquet.compression() == null ? ParquetCompression.SNAPPY : parquet.compression();
        return switch (compression) {
            case SNAPPY -> "PARQUET_SNAPPY";
            case GZIP -> "PARQUET_GZIP";
            case UNCOMPRESSED -> "PARQUET_NONE";
            case UNKNOWN_TO_SDK_VERSION ->
                throw FirehoseErrors.invalidArgument(String.format(
                        Locale.ROOT, "ParquetSerDe.Compression %s is not valid.", parquet.compressionAsString()));
        };
    }

    private List<Map<String, String>> columns(Namespace namespace, DataFormatConversionConfiguration conversion) {
        SchemaConfiguration schema = conversion.schemaConfiguration();
        if (schema == null || schema.databaseName() == null || schema.tableName() == null) {
            throw FirehoseErrors.invalidArgument("SchemaConfiguration must name a database and a table.");
        }
        SchemaCatalog.Table table;
        try {
            table = catalog.table(catalogOf(schema, namespace), schema.databaseName(), schema.tableName());
        } catch (ServiceException e) {
            throw FirehoseErrors.invalidArgument(e.text());
        }
        if (schema.versionId() != null && !schema.versionId().equals("LATEST")) {
            throw FirehoseErrors.unavailable("SchemaConfiguration.VersionId other than LATEST");
        }
        if (table.columns().isEmpty()) {
            throw FirehoseErrors.invalidArgument(String.format(Locale.ROOT, "Table %s has no columns.", table.name()));
        }
        return table.columns().stream()
                .map(column -> Map.of("name", column.name().toLowerCase(Locale.ROOT), "type", scalar(column)))
                .toList();
    }

    /** The catalog is the delivery stream's own account's, in its own region unless another is named. */
    private static Namespace catalogOf(SchemaConfiguration schema, Namespace stream) {
        if (schema.catalogId() != null && !schema.catalogId().equals(stream.account())) {
            throw FirehoseErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Access was denied when calling Glue. CatalogId %s is not the account of the delivery stream.",
                    schema.catalogId()));
        }
        return schema.region() == null ? stream : new Namespace(stream.account(), schema.region());
    }

    private static String scalar(SchemaCatalog.Column column) {
        String type = column.type().strip().toLowerCase(Locale.ROOT);
        if (!SCALAR.matcher(type).matches()) {
            throw FirehoseErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "Column %s: only scalar types are available for conversion: %s",
                    column.name(),
                    column.type()));
        }
        return type;
    }

    /** The one processor that needs no other part: what stands behind each record. */
    private static String delimiter(@Nullable ProcessingConfiguration processing) {
        if (processing == null || Boolean.FALSE.equals(processing.enabled())) {
            return "";
        }
        String delimiter = "";
        for (Processor processor : processing.processors()) {
            if (processor.type() != ProcessorType.APPEND_DELIMITER_TO_RECORD) {
                throw FirehoseErrors.invalidArgument(
                        String.format(Locale.ROOT, "Processor %s is not available.", processor.typeAsString()));
            }
            delimiter = processor.parameters().stream()
                    .filter(parameter -> "Delimiter".equals(parameter.parameterNameAsString()))
                    .map(ProcessorParameter::parameterValue)
                    .findFirst()
                    .orElse("\\n")
                    .replace("\\n", "\n");
        }
        return delimiter;
    }

    /**
     * Refuses what cannot be delivered, or must not be, as to a warehouse at an address that no delivery may reach. May
     * ask for addresses, and so block.
     */
    void refuse(DeliveryStream stream, CreateDeliveryStreamRequest request) {
        specification(stream, request, new SourceStream("", null));
        RedshiftDestinationConfiguration redshift = request.redshiftDestinationConfiguration();
        if (redshift != null) {
            reach.check(WarehouseUrl.parse(redshift.clusterJDBCURL()));
        }
    }

    /** A URL of an earlier version may say more than is allowed now; its delivery goes on as it did. */
    private String reach(RedshiftDestinationConfiguration redshift) {
        try {
            return reach.isOwn(WarehouseUrl.parse(redshift.clusterJDBCURL())) ? "PRIVATE" : "PUBLIC";
        } catch (ServiceException e) {
            return "PRIVATE";
        }
    }

    private static Map<String, Object> warehouse(RedshiftDestinationConfiguration redshift, String reach) {
        if (redshift.username() == null || redshift.password() == null) {
            throw FirehoseErrors.invalidArgument("Username and Password are required.");
        }
        Integer retry =
                redshift.retryOptions() == null ? null : redshift.retryOptions().durationInSeconds();
        String columns = redshift.copyCommand().dataTableColumns();
        String options = redshift.copyCommand().copyOptions();
        if (options != null && !COPY_OPTIONS.matcher(options).matches()) {
            throw FirehoseErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    "CopyOptions %s are not available (expected: JSON 'auto', CSV, DELIMITER 'c' and GZIP)",
                    options));
        }
        Map<String, Object> warehouse = new LinkedHashMap<>();
        warehouse.put("jdbcUrl", redshift.clusterJDBCURL());
        warehouse.put("reach", reach);
        warehouse.put("user", redshift.username());
        warehouse.put("password", redshift.password());
        warehouse.put("table", redshift.copyCommand().dataTableName());
        warehouse.put("columns", columns == null ? "" : columns);
        warehouse.put("copyOptions", options == null ? "" : options);
        warehouse.put("retryMillis", (retry == null ? DEFAULT_RETRY_SECONDS : retry) * 1000L);
        return warehouse;
    }
}
