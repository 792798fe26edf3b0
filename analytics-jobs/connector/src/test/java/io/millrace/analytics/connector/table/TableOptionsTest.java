package io.millrace.analytics.connector.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.factories.FactoryUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option that the documents of the Apache connector name, in all its ages: it changes something or is refused. */
class TableOptionsTest {
    /** An option with a value other than its default, what it needs besides, and whether source or sink show it. */
    private record Used(String name, String value, String... with) {
        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    static List<Used> used() {
        return List.of(
                new Used("aws.region", "eu-west-1"),
                new Used("aws.endpoint", "http://localhost:4567"),
                new Used("aws.trust.all.certificates", "true"),
                new Used("aws.credentials.provider", "ENV_VAR"),
                new Used("aws.credentials.basic.accesskeyid", "a", "aws.credentials.basic.secretkey", "b"),
                new Used("aws.credentials.basic.secretkey", "b", "aws.credentials.basic.accesskeyid", "a"),
                new Used("aws.credentials.profile.path", "/p", "aws.credentials.provider", "PROFILE"),
                new Used("aws.credentials.profile.name", "n", "aws.credentials.provider", "PROFILE"),
                role("aws.credentials.role.externalId", "x"),
                role("aws.credentials.role.stsEndpoint", "http://localhost:1"),
                role("aws.credentials.role.provider", "SYS_PROP"),
                new Used(
                        "aws.credentials.role.arn",
                        "arn",
                        "aws.credentials.provider",
                        "ASSUME_ROLE",
                        "aws.credentials.role.sessionName",
                        "s"),
                new Used(
                        "aws.credentials.role.sessionName",
                        "s",
                        "aws.credentials.provider",
                        "ASSUME_ROLE",
                        "aws.credentials.role.arn",
                        "arn"),
                new Used(
                        "aws.credentials.webIdentityToken.file",
                        "/t",
                        "aws.credentials.provider",
                        "WEB_IDENTITY_TOKEN"),
                new Used("aws.credentials.custom.class", "a.B", "aws.credentials.provider", "CUSTOM"),
                new Used("source.init.position", "TRIM_HORIZON"),
                new Used("scan.stream.initpos", "TRIM_HORIZON"),
                new Used("source.init.timestamp", "17", "source.init.position", "AT_TIMESTAMP"),
                new Used("scan.stream.initpos-timestamp", "17", "source.init.position", "AT_TIMESTAMP"),
                new Used(
                        "source.init.timestamp.format",
                        "yyyy-MM-dd HH:mm X",
                        "source.init.position",
                        "AT_TIMESTAMP",
                        "source.init.timestamp",
                        "2023-11-14 22:13 Z"),
                new Used(
                        "scan.stream.initpos-timestamp-format",
                        "yyyy-MM-dd HH:mm X",
                        "source.init.position",
                        "AT_TIMESTAMP",
                        "source.init.timestamp",
                        "2023-11-14 22:13 Z"),
                new Used("source.init.sequence-number", "1", "source.init.position", "AT_SEQUENCE_NUMBER"),
                new Used("source.shard.discovery.interval", "3 s"),
                new Used("scan.shard.discovery.intervalmillis", "3000"),
                new Used("source.shard.get-records.max-record-count", "7"),
                new Used("scan.shard.getrecords.maxrecordcount", "7"),
                new Used("source.reader.empty-records-fetch-interval", "1 s"),
                new Used("source.reader.nonempty-records-fetch-interval", "1 s"),
                new Used("scan.shard.getrecords.intervalmillis", "400"),
                new Used("source.reader.prefetch.max-size", "3 mb"),
                new Used("scan.shard.getrecords.maxretries", "3"),
                new Used("scan.shard.getrecords.backoff.base", "300"),
                new Used("scan.shard.getrecords.backoff.max", "1000"),
                new Used("scan.shard.getrecords.backoff.expconst", "1.5"),
                new Used("scan.shard.getiterator.maxretries", "3"),
                new Used("scan.shard.getiterator.backoff.base", "300"),
                new Used("scan.shard.getiterator.backoff.max", "1000"),
                new Used("scan.shard.getiterator.backoff.expconst", "1.5"),
                new Used("scan.list.shards.maxretries", "10"),
                new Used("scan.list.shards.backoff.base", "1000"),
                new Used("scan.list.shards.backoff.max", "5000"),
                new Used("scan.list.shards.backoff.expconst", "1.5"),
                new Used("source.reader.type", "EFO", "source.efo.consumer.name", "c"),
                new Used("scan.stream.recordpublisher", "EFO", "scan.stream.efo.consumername", "c"),
                fanOut("source.efo.consumer.name", "d"),
                fanOut("scan.stream.efo.consumername", "d"),
                fanOut("source.efo.lifecycle", "SELF_MANAGED"),
                fanOut("scan.stream.efo.registration", "NONE"),
                fanOut("source.efo.subscription.timeout", "5 s"),
                fanOut("source.efo.deregister.timeout", "5 s"),
                fanOut("source.efo.describe.retry-strategy.attempts.max", "7"),
                fanOut("source.efo.describe.retry-strategy.delay.min", "1 s"),
                fanOut("source.efo.describe.retry-strategy.delay.max", "5 s"),
                fanOut("scan.stream.describestreamconsumer.maxretries", "7"),
                fanOut("scan.stream.describestreamconsumer.backoff.base", "1000"),
                fanOut("scan.stream.describestreamconsumer.backoff.max", "5000"),
                fanOut("scan.stream.describestreamconsumer.backoff.expconst", "1.5"),
                fanOut("scan.stream.efo.http-client.max-concurrency", "9"),
                fanOut("scan.shard.subscribetoshard.maxretries", "9"),
                fanOut("scan.shard.subscribetoshard.backoff.base", "300"),
                fanOut("scan.shard.subscribetoshard.backoff.max", "9000"),
                fanOut("scan.shard.subscribetoshard.backoff.expconst", "1.5"),
                new Used("source.errors.action", "skip"),
                new Used("source.errors.dead-letter.stream", "dead", "source.errors.action", "dead-letter"),
                new Used("sink.partitioner", "fixed"),
                new Used("sink.partitioner-field-delimiter", "-"),
                new Used("sink.fail-on-error", "true"),
                new Used("sink.producer.fail-on-error", "true"),
                new Used("sink.batch.max-size", "10"),
                new Used("sink.producer.collection-max-count", "10"),
                new Used("sink.requests.max-inflight", "2"),
                new Used("sink.requests.max-buffered", "1000"),
                new Used("sink.flush-buffer.size", "1000000"),
                new Used("sink.producer.collection-max-size", "1000000"),
                new Used("sink.flush-buffer.timeout", "50"),
                new Used("sink.producer.record-max-buffered-time", "50"),
                new Used("sink.http-client.max-concurrency", "3"),
                new Used("sink.producer.max-connections", "3"),
                new Used("sink.http-client.read-timeout", "1000"),
                new Used("sink.producer.request-timeout", "1000"),
                new Used("sink.producer.region", "eu-west-1"),
                new Used("sink.producer.kinesis-endpoint", "kinesis.example"),
                new Used("sink.producer.kinesis-port", "4567", "sink.producer.kinesis-endpoint", "kinesis.example"),
                new Used("sink.producer.verify-certificate", "false"));
    }

    /** An option that fan-out reading needs a consumer for, be it only another one. */
    private static Used fanOut(String name, String value) {
        boolean isName = name.contains("consumer.name") || name.contains("consumername");
        return isName
                ? new Used(name, value, "source.reader.type", "EFO")
                : new Used(name, value, "source.reader.type", "EFO", "source.efo.consumer.name", "c");
    }

    private static Used role(String name, String value) {
        return new Used(
                name,
                value,
                "aws.credentials.provider",
                "ASSUME_ROLE",
                "aws.credentials.role.arn",
                "arn",
                "aws.credentials.role.sessionName",
                "s");
    }

    @ParameterizedTest
    @MethodSource("used")
    void anOptionThatIsTakenChangesTheTable(Used option) {
        Map<String, String> without = options(option.with());
        Map<String, String> with = new HashMap<>(without);
        with.put(option.name(), option.value());

        assertThat(shown(with)).isNotEqualTo(shownOrRefused(without));
    }

    @Test
    void eachOptionThatIsTakenIsAmongThem() {
        Set<String> taken = KinesisOptions.OPTIONAL.stream()
                .flatMap(option -> Stream.concat(
                        Stream.of(option.key()),
                        StreamSupport.stream(option.fallbackKeys().spliterator(), false)
                                .map(fallback -> fallback.getKey())))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> tried = used().stream().map(Used::name).collect(Collectors.toCollection(TreeSet::new));
        tried.add("sink.http-client.protocol.version"); // below
        assertThat(tried).isEqualTo(taken);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "source.reader.type | POLLING | PULLING",
                "scan.stream.recordpublisher | POLLING | PULLING",
                "sink.http-client.protocol.version | HTTP1_1 | HTTP2"
            })
    void theOneWayThatThereIsMayBeNamedAndAnotherIsRefused(String name, String taken, String refused) {
        assertThat(shown(options(name, taken))).isEqualTo(shown(options()));
        assertThatThrownBy(() -> shown(options(name, refused)))
                .hasStackTraceContaining(": " + refused + " (expected: " + taken);
    }

    @ParameterizedTest
    @CsvSource({
        "scan.stream.registerstreamconsumer.timeout, source.efo.describe.retry-strategy.attempts.max",
        "scan.stream.registerstreamconsumer.backoff.base, source.efo.describe.retry-strategy.attempts.max",
        "scan.stream.deregisterstreamconsumer.timeout, source.efo.deregister.timeout",
        "scan.stream.deregisterstreamconsumer.backoff.base, source.efo.deregister.timeout",
        "scan.stream.describe.maxretries, no such call",
        "scan.shard-assigner, remove it",
        "scan.shard.adaptivereads, source.shard.get-records.max-record-count",
        "scan.shard.idle.interval, scan.watermark.idle-timeout",
        "scan.watermark.sync.interval, scan.watermark.alignment.max-drift",
        "scan.watermark.lookahead.millis, scan.watermark.alignment.max-drift",
        "scan.watermark.sync.queue.capacity, scan.watermark.alignment.max-drift",
        "shard.consumer.error.recoverable[0].exception, made again",
        "sink.producer.aggregation-enabled, one by one",
        "sink.producer.aggregation-max-count, without the Kinesis Producer Library",
        "sink.producer.cloudwatch-endpoint, without the Kinesis Producer Library",
        "sink.producer.connect-timeout, sink.http-client.read-timeout",
        "sink.producer.fail-if-throttled, sink.fail-on-error",
        "sink.producer.log-level, without the Kinesis Producer Library",
        "sink.producer.metrics-level, without the Kinesis Producer Library",
        "sink.producer.rate-limit, without the Kinesis Producer Library",
        "sink.producer.record-ttl, no record is given up",
        "sink.producer.threading-model, without the Kinesis Producer Library",
        "sink.producer.thread-pool-size, sink.requests.max-inflight"
    })
    void anOptionWithoutAnEffectHereIsRefusedByNameWithWhatToDo(String name, String instead) {
        assertThatThrownBy(() -> shown(options(name, "1")))
                .hasStackTraceContaining("option '" + name + "' ")
                .hasStackTraceContaining(instead);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aws.credentials.provider=MAGIC | aws.credentials.provider: MAGIC (expected: AUTO, BASIC, ENV_VAR,",
                "aws.credentials.provider=BASIC | aws.credentials.basic.accesskeyid: missing (expected with the",
                "aws.credentials.basic.accesskeyid=a | aws.credentials.basic.secretkey: missing",
                "aws.credentials.provider=ASSUME_ROLE | aws.credentials.role.arn: missing",
                "aws.credentials.role.arn=arn | aws.credentials.role.arn: is of no use with the credentials provider"
                        + " AUTO (expected: with ASSUME_ROLE, WEB_IDENTITY_TOKEN)",
                "aws.credentials.provider=CUSTOM | aws.credentials.custom.class: missing",
                "source.errors.action=ignore | source.errors.action: ignore (expected: fail, skip or dead-letter)",
                "source.errors.action=dead-letter | source.errors.dead-letter.stream: missing (expected with",
                "source.errors.dead-letter.stream=d | source.errors.dead-letter.stream: is of no use with",
                "scan.shard.discovery.intervalmillis=0 | shard discovery: every PT0S (expected: more than 0)",
                "scan.shard.getrecords.backoff.expconst=0.5 | (expected: growing pauses and no negative number)",
                "source.reader.prefetch.max-size=0 b | source.reader.prefetch.max-size: 0 bytes (expected: more than",
                "sink.batch.max-size=501 | sink.batch.max-size: 501 (expected: 1 to 500)",
                "sink.flush-buffer.size=10485761 | sink.flush-buffer.size: 10485761 (expected: 1 to 10485760)",
                "sink.requests.max-buffered=500 | sink.requests.max-buffered: 500 (expected: more than",
                "sink.producer.kinesis-port=1 | sink.producer.kinesis-endpoint: missing (expected with",
                "sink.partitioner=a.B | sink.partitioner: a.B (expected: random or fixed)"
            })
    void aWrongValueIsNamedWithWhatIsExpected(String option, String message) {
        String[] pair = option.split("=", 2);
        assertThatThrownBy(() -> shown(options(pair))).hasStackTraceContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "source.reader.type=EFO | source.efo.consumer.name: missing (expected with source.reader.type = EFO)",
                "source.efo.consumer.name=c | source.efo.consumer.name: is of no use with source.reader.type = POLLING",
                "scan.stream.efo.registration=EAGER | source.efo.lifecycle: is of no use with source.reader.type",
                "scan.stream.efo.consumerarn.orders=a | consumerarn.orders: is of no use with source.reader.type",
                "source.reader.type=EFO,source.efo.consumer.name=c,source.shard.get-records.max-record-count=5"
                        + " | source.shard.get-records.max-record-count: is of no use with source.reader.type = EFO"
                        + " (expected: with POLLING; or remove it)",
                "source.reader.type=EFO,source.efo.consumer.name=c,source.efo.lifecycle=MAGIC"
                        + " | source.efo.lifecycle: MAGIC (expected: JOB_MANAGED or SELF_MANAGED)",
                "source.reader.type=EFO,source.efo.consumer.name=c,source.efo.subscription.timeout=0"
                        + " | subscription: silent for PT0S (expected: more than 0)",
                "source.reader.type=EFO,source.efo.lifecycle=NONE,scan.stream.efo.consumerarn.other=a"
                        + " | consumerarn.other: is for another stream (expected: scan.stream.efo.consumerarn.orders)",
                "source.reader.type=EFO,scan.stream.efo.consumerarn.orders=a"
                        + " | consumer: ARN a with JOB_MANAGED (expected: SELF_MANAGED, or a name)"
            })
    void fanOutReadingNeedsAConsumerAndNothingOfPolling(String given, String message) {
        assertThatThrownBy(() -> shown(options(given.split("[=,]")))).hasStackTraceContaining(message);
    }

    @Test
    void theConsumerOfAnOlderTableMayBeNamedByItsArn() {
        assertThat(shown(options(
                        "source.reader.type", "EFO",
                        "scan.stream.efo.registration", "NONE",
                        "scan.stream.efo.consumerarn.orders", "arn:c")))
                .contains("Consumer[name=null, arn=arn:c, lifecycle=SELF_MANAGED");
    }

    @Test
    void whatIsHeldAheadIsBoundedWithoutBeingAsked() {
        assertThat(shown(options())).contains("aheadBytes=67108864");
        assertThat(shown(options("source.reader.prefetch.max-size", "3 mb"))).contains("aheadBytes=3145728");
    }

    @Test
    void twoNamesOfOneOptionAreNotTakenTogether() {
        assertThatThrownBy(() -> shown(options("sink.batch.max-size", "3", "sink.producer.collection-max-count", "4")))
                .hasStackTraceContaining(
                        "'sink.batch.max-size' and 'sink.producer.collection-max-count' are one option");
    }

    @Test
    void aRoleMayBeLentByAnother() {
        Map<String, String> nested = options(
                "aws.credentials.provider", "ASSUME_ROLE",
                "aws.credentials.role.arn", "outer",
                "aws.credentials.role.sessionName", "s",
                "aws.credentials.role.provider", "ASSUME_ROLE",
                "aws.credentials.role.provider.role.arn", "inner",
                "aws.credentials.role.provider.role.sessionName", "t",
                "aws.credentials.role.provider.role.provider", "BASIC",
                "aws.credentials.role.provider.role.provider.basic.accesskeyid", "key",
                "aws.credentials.role.provider.role.provider.basic.secretkey", "secret");
        assertThat(shown(nested))
                .contains("AssumeRole[roleArn=outer, sessionName=s, externalId=null, stsEndpoint=null,"
                        + " lender=AssumeRole[roleArn=inner, sessionName=t, externalId=null, stsEndpoint=null,"
                        + " lender=Basic[accessKey=key]]]");
    }

    @Test
    void theOlderIntervalCountsWhetherOrNotAShardHasMore() {
        assertThat(shown(options("scan.shard.getrecords.intervalmillis", "400")))
                .contains("idleInterval=PT0.4S", "fetchInterval=PT0.4S");
    }

    private static Map<String, String> options(String... pairs) {
        Map<String, String> options =
                new HashMap<>(Map.of("connector", "kinesis", "format", "json", "stream", "orders"));
        for (int i = 0; i < pairs.length; i += 2) {
            options.put(pairs[i], pairs[i + 1]);
        }
        return options;
    }

    private static String shownOrRefused(Map<String, String> options) {
        try {
            return shown(options);
        } catch (RuntimeException e) {
            return "refused";
        }
    }

    /** Everything that a table's source and sink hold of the options. */
    private static String shown(Map<String, String> options) {
        ResolvedSchema schema = ResolvedSchema.of(
                Column.physical("id", DataTypes.BIGINT()), Column.physical("city", DataTypes.STRING()));
        ResolvedCatalogTable table = new ResolvedCatalogTable(
                CatalogTable.newBuilder()
                        .schema(Schema.newBuilder().fromResolvedSchema(schema).build())
                        .options(options)
                        .build(),
                schema);
        ClassLoader loader = TableOptionsTest.class.getClassLoader();
        ObjectIdentifier name = ObjectIdentifier.of("c", "d", "t");
        KinesisTableSource source = (KinesisTableSource)
                FactoryUtil.createDynamicTableSource(null, name, table, Map.of(), new Configuration(), loader, false);
        KinesisTableSink sink = (KinesisTableSink)
                FactoryUtil.createDynamicTableSink(null, name, table, Map.of(), new Configuration(), loader, false);
        return String.join("\n", Arrays.asList(source.origin().toString(), sink.toString()))
                .replaceAll("format=[^,]*@[0-9a-f]+", "");
    }
}
