package io.millrace.analytics.connector.table;

import java.time.Duration;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * The options of a {@code kinesis} table. Where the Apache connector has had two spellings over the years, both are taken:
 * the newer as the key, the older as its fallback.
 */
final class KinesisOptions {
    static final ConfigOption<String> STREAM = ConfigOptions.key("stream.arn")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("stream")
            .withDescription("The stream: its ARN, or just its name.");
    static final ConfigOption<String> REGION =
            ConfigOptions.key("aws.region").stringType().defaultValue("us-east-1");
    static final ConfigOption<String> ENDPOINT = ConfigOptions.key("aws.endpoint")
            .stringType()
            .noDefaultValue()
            .withDescription("Without it, AWS_ENDPOINT_URL_KINESIS and AWS_ENDPOINT_URL decide.");
    static final ConfigOption<String> ACCESS_KEY =
            ConfigOptions.key("aws.credentials.basic.accesskeyid").stringType().noDefaultValue();
    static final ConfigOption<String> SECRET_KEY =
            ConfigOptions.key("aws.credentials.basic.secretkey").stringType().noDefaultValue();
    static final ConfigOption<Boolean> TRUST_ALL =
            ConfigOptions.key("aws.trust.all.certificates").booleanType().defaultValue(false);

    static final ConfigOption<String> START = ConfigOptions.key("source.init.position")
            .stringType()
            .defaultValue("LATEST")
            .withFallbackKeys("scan.stream.initpos")
            .withDescription("LATEST, TRIM_HORIZON, AT_TIMESTAMP, AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER.");
    static final ConfigOption<String> START_SEQUENCE_NUMBER = ConfigOptions.key("source.init.sequence-number")
            .stringType()
            .noDefaultValue()
            .withDescription("For the two positions that speak of one; the stream then has a single shard.");
    static final ConfigOption<String> START_TIMESTAMP = ConfigOptions.key("source.init.timestamp")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("scan.stream.initpos-timestamp");
    static final ConfigOption<String> START_TIMESTAMP_FORMAT = ConfigOptions.key("source.init.timestamp.format")
            .stringType()
            .defaultValue("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
            .withFallbackKeys("scan.stream.initpos-timestamp-format");
    static final ConfigOption<Duration> DISCOVERY =
            ConfigOptions.key("source.shard.discovery.interval").durationType().defaultValue(Duration.ofSeconds(10));
    static final ConfigOption<Integer> MAX_RECORDS = ConfigOptions.key("source.shard.get-records.max-record-count")
            .intType()
            .defaultValue(10_000)
            .withFallbackKeys("scan.shard.getrecords.maxrecordcount");
    static final ConfigOption<Duration> IDLE_INTERVAL = ConfigOptions.key("source.reader.empty-records-fetch-interval")
            .durationType()
            .defaultValue(Duration.ofMillis(250));

    static final ConfigOption<String> PARTITIONER = ConfigOptions.key("sink.partitioner")
            .stringType()
            .defaultValue("random")
            .withDescription("random or fixed; a table with PARTITIONED BY takes those columns instead.");
    static final ConfigOption<String> PARTITIONER_DELIMITER =
            ConfigOptions.key("sink.partitioner-field-delimiter").stringType().defaultValue("|");
    static final ConfigOption<Boolean> FAIL_ON_ERROR =
            ConfigOptions.key("sink.fail-on-error").booleanType().defaultValue(false);
    static final ConfigOption<Integer> BATCH_SIZE =
            ConfigOptions.key("sink.batch.max-size").intType().defaultValue(500);
    static final ConfigOption<Integer> MAX_IN_FLIGHT =
            ConfigOptions.key("sink.requests.max-inflight").intType().defaultValue(4);
    static final ConfigOption<Integer> MAX_BUFFERED =
            ConfigOptions.key("sink.requests.max-buffered").intType().defaultValue(10_000);
    static final ConfigOption<Long> FLUSH_TIMEOUT = ConfigOptions.key("sink.flush-buffer.timeout")
            .longType()
            .defaultValue(200L)
            .withDescription("Milliseconds that a record waits for others.");

    static final Set<ConfigOption<?>> OPTIONAL = Set.of(
            REGION,
            ENDPOINT,
            ACCESS_KEY,
            SECRET_KEY,
            TRUST_ALL,
            START,
            START_SEQUENCE_NUMBER,
            START_TIMESTAMP,
            START_TIMESTAMP_FORMAT,
            DISCOVERY,
            MAX_RECORDS,
            IDLE_INTERVAL,
            PARTITIONER,
            PARTITIONER_DELIMITER,
            FAIL_ON_ERROR,
            BATCH_SIZE,
            MAX_IN_FLIGHT,
            MAX_BUFFERED,
            FLUSH_TIMEOUT);

    private KinesisOptions() {}
}
