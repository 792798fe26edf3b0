package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.source.FanOut;
import io.millrace.analytics.connector.source.KinesisSource;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/**
 * The options of a {@code kinesis} table. Where the Apache connector has had two spellings over the years, both are
 * taken: the newer as the key, the older as its fallback. Times in milliseconds without a unit are durations to Flink.
 */
final class KinesisOptions {
    private static final Set<ConfigOption<?>> ALL = new LinkedHashSet<>();

    static final ConfigOption<String> STREAM = ConfigOptions.key("stream.arn")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("stream")
            .withDescription("The stream: its ARN, or just its name.");
    static final ConfigOption<String> REGION = option(ConfigOptions.key("aws.region")
            .stringType()
            .defaultValue("us-east-1")
            .withFallbackKeys("sink.producer.region"));
    static final ConfigOption<String> ENDPOINT = option(ConfigOptions.key("aws.endpoint")
            .stringType()
            .noDefaultValue()
            .withDescription("Without it, AWS_ENDPOINT_URL_KINESIS and AWS_ENDPOINT_URL decide."));
    static final ConfigOption<Boolean> TRUST_ALL =
            option(ConfigOptions.key("aws.trust.all.certificates").booleanType().defaultValue(false));

    static final ConfigOption<String> START = option(ConfigOptions.key("source.init.position")
            .stringType()
            .defaultValue("LATEST")
            .withFallbackKeys("scan.stream.initpos")
            .withDescription("LATEST, TRIM_HORIZON, AT_TIMESTAMP, AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER."));
    static final ConfigOption<String> START_SEQUENCE_NUMBER = option(ConfigOptions.key("source.init.sequence-number")
            .stringType()
            .noDefaultValue()
            .withDescription("For the two positions that speak of one; the stream then has a single shard."));
    static final ConfigOption<String> START_TIMESTAMP = option(ConfigOptions.key("source.init.timestamp")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("scan.stream.initpos-timestamp"));
    static final ConfigOption<String> START_TIMESTAMP_FORMAT = option(ConfigOptions.key("source.init.timestamp.format")
            .stringType()
            .defaultValue("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
            .withFallbackKeys("scan.stream.initpos-timestamp-format"));
    static final ConfigOption<String> READER_TYPE = option(ConfigOptions.key("source.reader.type")
            .stringType()
            .defaultValue("POLLING")
            .withFallbackKeys("scan.stream.recordpublisher")
            .withDescription("POLLING, or EFO for enhanced fan-out."));
    static final ConfigOption<Duration> DISCOVERY = option(ConfigOptions.key("source.shard.discovery.interval")
            .durationType()
            .defaultValue(Duration.ofSeconds(10))
            .withFallbackKeys("scan.shard.discovery.intervalmillis"));
    static final ConfigOption<Integer> MAX_RECORDS =
            option(ConfigOptions.key("source.shard.get-records.max-record-count")
                    .intType()
                    .defaultValue(10_000)
                    .withFallbackKeys("scan.shard.getrecords.maxrecordcount"));
    static final ConfigOption<Duration> IDLE_INTERVAL =
            option(ConfigOptions.key("source.reader.empty-records-fetch-interval")
                    .durationType()
                    .defaultValue(Duration.ofMillis(250)));
    static final ConfigOption<Duration> FETCH_INTERVAL =
            option(ConfigOptions.key("source.reader.nonempty-records-fetch-interval")
                    .durationType()
                    .defaultValue(Duration.ZERO)
                    .withFallbackKeys("scan.shard.getrecords.intervalmillis"));
    static final ConfigOption<MemorySize> AHEAD = option(ConfigOptions.key("source.reader.prefetch.max-size")
            .memoryType()
            .defaultValue(new MemorySize(KinesisSource.Options.USUAL_AHEAD_BYTES))
            .withDescription("What all shards of a task together hold ahead of it, of the heap."));
    static final RetryOptions GET_RECORDS = new RetryOptions("scan.shard.getrecords");
    static final RetryOptions GET_ITERATOR = new RetryOptions("scan.shard.getiterator");
    static final RetryOptions LIST_SHARDS = new RetryOptions("scan.list.shards");

    static final ConfigOption<String> CONSUMER_NAME = option(ConfigOptions.key("source.efo.consumer.name")
            .stringType()
            .noDefaultValue()
            .withFallbackKeys("scan.stream.efo.consumername"));
    static final ConfigOption<String> CONSUMER_LIFECYCLE = option(ConfigOptions.key("source.efo.lifecycle")
            .stringType()
            .defaultValue("JOB_MANAGED")
            .withFallbackKeys("scan.stream.efo.registration")
            .withDescription("JOB_MANAGED (older: LAZY or EAGER) or SELF_MANAGED (older: NONE)."));
    static final ConfigOption<Duration> SUBSCRIPTION_TIMEOUT = option(
            ConfigOptions.key("source.efo.subscription.timeout").durationType().defaultValue(Duration.ofMinutes(1)));
    static final ConfigOption<Duration> DEREGISTER_TIMEOUT = option(
            ConfigOptions.key("source.efo.deregister.timeout").durationType().defaultValue(Duration.ofSeconds(10)));
    static final ConfigOption<Integer> DESCRIBE_ATTEMPTS =
            option(ConfigOptions.key("source.efo.describe.retry-strategy.attempts.max")
                    .intType()
                    .defaultValue(100)
                    .withFallbackKeys("scan.stream.describestreamconsumer.maxretries"));
    static final ConfigOption<Duration> DESCRIBE_FIRST =
            option(ConfigOptions.key("source.efo.describe.retry-strategy.delay.min")
                    .durationType()
                    .defaultValue(Duration.ofSeconds(2))
                    .withFallbackKeys("scan.stream.describestreamconsumer.backoff.base"));
    static final ConfigOption<Duration> DESCRIBE_MAX =
            option(ConfigOptions.key("source.efo.describe.retry-strategy.delay.max")
                    .durationType()
                    .defaultValue(Duration.ofMinutes(1))
                    .withFallbackKeys("scan.stream.describestreamconsumer.backoff.max"));
    static final ConfigOption<Double> DESCRIBE_FACTOR =
            option(ConfigOptions.key("scan.stream.describestreamconsumer.backoff.expconst")
                    .doubleType()
                    .defaultValue(2.0));
    static final RetryOptions SUBSCRIBE = new RetryOptions("scan.shard.subscribetoshard");
    static final ConfigOption<Integer> SUBSCRIPTIONS =
            option(ConfigOptions.key("scan.stream.efo.http-client.max-concurrency")
                    .intType()
                    .defaultValue(FanOut.USUAL_CONCURRENCY));

    /** Before the name of the stream, of an option with the ARN of a consumer. */
    static final String CONSUMER_ARN_PREFIX = "scan.stream.efo.consumerarn.";

    /** Of use only where records are pushed. */
    static final List<ConfigOption<?>> OF_FAN_OUT = Stream.concat(
                    Stream.of(
                            CONSUMER_NAME,
                            CONSUMER_LIFECYCLE,
                            SUBSCRIPTION_TIMEOUT,
                            DEREGISTER_TIMEOUT,
                            DESCRIBE_ATTEMPTS,
                            DESCRIBE_FIRST,
                            DESCRIBE_MAX,
                            DESCRIBE_FACTOR,
                            SUBSCRIPTIONS),
                    SUBSCRIBE.all())
            .toList();

    /** Of use only where records are fetched. */
    static final List<ConfigOption<?>> OF_POLLING = Stream.of(
                    Stream.of(MAX_RECORDS, IDLE_INTERVAL, FETCH_INTERVAL), GET_RECORDS.all(), GET_ITERATOR.all())
            .<ConfigOption<?>>flatMap(options -> options)
            .toList();

    static final ConfigOption<String> ON_ERROR = option(ConfigOptions.key("source.errors.action")
            .stringType()
            .defaultValue("fail")
            .withDescription("What becomes of a record that the format cannot read: fail, skip or dead-letter."));
    static final ConfigOption<String> DEAD_LETTERS = option(ConfigOptions.key("source.errors.dead-letter.stream")
            .stringType()
            .noDefaultValue()
            .withDescription("Name or ARN of the stream that takes such records as they are; with dead-letter only."));

    static final ConfigOption<String> PARTITIONER = option(ConfigOptions.key("sink.partitioner")
            .stringType()
            .defaultValue("random")
            .withDescription("random or fixed; a table with PARTITIONED BY takes those columns instead."));
    static final ConfigOption<String> PARTITIONER_DELIMITER = option(
            ConfigOptions.key("sink.partitioner-field-delimiter").stringType().defaultValue("|"));
    static final ConfigOption<Boolean> FAIL_ON_ERROR = option(ConfigOptions.key("sink.fail-on-error")
            .booleanType()
            .defaultValue(false)
            .withFallbackKeys("sink.producer.fail-on-error")
            .withDescription("Whether a refusal that may pass fails the task, too, instead of a retry."));
    static final ConfigOption<Integer> BATCH_SIZE = option(ConfigOptions.key("sink.batch.max-size")
            .intType()
            .defaultValue(500)
            .withFallbackKeys("sink.producer.collection-max-count"));
    static final ConfigOption<Integer> MAX_IN_FLIGHT =
            option(ConfigOptions.key("sink.requests.max-inflight").intType().defaultValue(4));
    static final ConfigOption<Integer> MAX_BUFFERED =
            option(ConfigOptions.key("sink.requests.max-buffered").intType().defaultValue(10_000));
    static final ConfigOption<Long> FLUSH_SIZE = option(ConfigOptions.key("sink.flush-buffer.size")
            .longType()
            .defaultValue(5L * 1024 * 1024)
            .withFallbackKeys("sink.producer.collection-max-size")
            .withDescription("Bytes of a request, and so of the largest record."));
    static final ConfigOption<Long> FLUSH_TIMEOUT = option(ConfigOptions.key("sink.flush-buffer.timeout")
            .longType()
            .defaultValue(200L)
            .withFallbackKeys("sink.producer.record-max-buffered-time")
            .withDescription("Milliseconds that a record waits for others."));
    static final ConfigOption<Integer> HTTP_CONCURRENCY = option(ConfigOptions.key("sink.http-client.max-concurrency")
            .intType()
            .defaultValue(10_000)
            .withFallbackKeys("sink.producer.max-connections"));
    static final ConfigOption<Integer> HTTP_READ_TIMEOUT = option(ConfigOptions.key("sink.http-client.read-timeout")
            .intType()
            .defaultValue(30_000)
            .withFallbackKeys("sink.producer.request-timeout")
            .withDescription("Milliseconds to wait for the answer of a put."));
    static final ConfigOption<String> HTTP_VERSION = option(
            ConfigOptions.key("sink.http-client.protocol.version").stringType().defaultValue("HTTP1_1"));

    static final ConfigOption<String> PRODUCER_ENDPOINT = option(
            ConfigOptions.key("sink.producer.kinesis-endpoint").stringType().noDefaultValue());
    static final ConfigOption<Integer> PRODUCER_PORT =
            option(ConfigOptions.key("sink.producer.kinesis-port").intType().noDefaultValue());
    static final ConfigOption<Boolean> PRODUCER_VERIFY = option(
            ConfigOptions.key("sink.producer.verify-certificate").booleanType().noDefaultValue());

    static final Set<ConfigOption<?>> OPTIONAL;

    static {
        CredentialOptions.names()
                .forEach(name -> option(ConfigOptions.key(name).stringType().noDefaultValue()));
        OPTIONAL = Collections.unmodifiableSet(ALL);
    }

    /** How a call of the older source is made again: how often, and with which pauses. */
    static final class RetryOptions {
        final ConfigOption<Integer> attempts;
        final ConfigOption<Duration> first;
        final ConfigOption<Duration> max;
        final ConfigOption<Double> factor;

        RetryOptions(String prefix) {
            attempts =
                    option(ConfigOptions.key(prefix + ".maxretries").intType().noDefaultValue());
            first = option(
                    ConfigOptions.key(prefix + ".backoff.base").durationType().noDefaultValue());
            max = option(
                    ConfigOptions.key(prefix + ".backoff.max").durationType().noDefaultValue());
            factor = option(
                    ConfigOptions.key(prefix + ".backoff.expconst").doubleType().noDefaultValue());
        }

        Stream<ConfigOption<?>> all() {
            return Stream.of(attempts, first, max, factor);
        }
    }

    private static <T> ConfigOption<T> option(ConfigOption<T> option) {
        ALL.add(option);
        return option;
    }

    private KinesisOptions() {}
}
