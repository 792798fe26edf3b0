package io.millrace.firehose.delivery;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything a delivery job has to know, as one JSON argument.
 *
 * @param version the delivery stream's version, part of object names
 */
public record DeliverySpec(
        String deliveryStream,
        String deliveryStreamArn,
        String version,
        Source source,
        ObjectTarget objects,
        @Nullable WarehouseTarget warehouse)
        implements Serializable {

    /**
     * Where records come from.
     *
     * @param endpoint absent for what the cluster's environment says
     * @param fromEpochMillis records that arrived earlier are left out
     * @param certificates in PEM, which the endpoint may show beside those that the cluster trusts; absent for none
     * @param accessKey with which the stream is read; absent where the cluster's environment has a key
     * @param secretKey of the access key
     */
    public record Source(
            String streamArn,
            @Nullable String endpoint,
            String region,
            long fromEpochMillis,
            @Nullable String certificates,
            @Nullable String accessKey,
            @Nullable String secretKey)
            implements Serializable {
        public Source(
                String streamArn,
                @Nullable String endpoint,
                String region,
                long fromEpochMillis,
                @Nullable String certificates) {
            this(streamArn, endpoint, region, fromEpochMillis, certificates, null, null);
        }

        /** Returns everything but the secret. */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s of %s in %s from %s", streamArn, endpoint, region, fromEpochMillis);
        }
    }

    /**
     * Which objects are written.
     *
     * @param baseUri the bucket, for example {@code s3://lake}; any file system of the cluster will do
     * @param maxBytes record bytes after which an object is written
     * @param maxAgeMillis age of the oldest record after which an object is written; 0 for at once
     * @param delimiter put behind each record; may be empty
     * @param columns of a Parquet object; empty for objects that hold the records as they are
     */
    public record ObjectTarget(
            String baseUri,
            String prefix,
            @Nullable String errorPrefix,
            String timeZone,
            long maxBytes,
            long maxAgeMillis,
            Compression compression,
            @Nullable String fileExtension,
            String delimiter,
            List<Column> columns)
            implements Serializable {

        public boolean isParquet() {
            return !columns.isEmpty();
        }
    }

    /** A column of the schema catalog: a name in lower case and a type of Hive, for example {@code decimal(10,2)}. */
    public record Column(String name, String type) implements Serializable {}

    /** How objects are compressed; the last three are the choices of Parquet. */
    public enum Compression {
        NONE,
        GZIP,
        ZIP,
        SNAPPY,
        HADOOP_SNAPPY,
        PARQUET_NONE,
        PARQUET_GZIP,
        PARQUET_SNAPPY
    }

    /**
     * The table that staged objects are copied into.
     *
     * @param columns as in the COPY command, comma-separated; empty for all of the table
     * @param copyOptions as in the COPY command, for example {@code JSON 'auto'}
     * @param retryMillis after this long a failing copy is given up and its manifest kept aside
     * @param reach {@code PUBLIC} for addresses outside of private networks only; absent in what earlier nodes wrote
     */
    public record WarehouseTarget(
            String jdbcUrl,
            String user,
            String password,
            String table,
            String columns,
            String copyOptions,
            long retryMillis,
            @Nullable String reach)
            implements Serializable {
        public WarehouseTarget(
                String jdbcUrl,
                String user,
                String password,
                String table,
                String columns,
                String copyOptions,
                long retryMillis) {
            this(jdbcUrl, user, password, table, columns, copyOptions, retryMillis, null);
        }

        /** Without the password and the URL's properties, of which one may be a password, since it comes into logs. */
        @Override
        public String toString() {
            int query = jdbcUrl.indexOf('?');
            return String.format(
                    Locale.ROOT, "%s in %s, as %s", table, query < 0 ? jdbcUrl : jdbcUrl.substring(0, query), user);
        }
    }

    public String toJson() {
        return JsonMapper.shared().writeValueAsString(this);
    }

    /** @throws IllegalArgumentException if the text is no specification */
    public static DeliverySpec fromJson(String json) {
        try {
            return JsonMapper.shared().readValue(json, DeliverySpec.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the delivery specification cannot be read", e);
        }
    }
}
