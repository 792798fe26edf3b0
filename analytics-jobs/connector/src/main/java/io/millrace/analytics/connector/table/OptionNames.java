package io.millrace.analytics.connector.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.table.api.ValidationException;

/**
 * Looks through the names of a table's options before Flink does: options of the Apache connector that have no effect
 * here are refused with what to write instead, and an unknown name is answered with the nearest known one.
 */
final class OptionNames {
    private static final String AS_DESCRIBED =
            "has no effect, as registering is tried again as 'source.efo.describe.retry-strategy.attempts.max' and its "
                    + "companions say; use those instead";
    private static final String IN_TIME =
            "has no effect, as deregistering is tried again for a time; use 'source.efo.deregister.timeout' instead";
    private static final String ALIGNMENT = "use 'scan.watermark.alignment.max-drift' and its companions instead";
    private static final String ALWAYS_RETRIED = "has no effect, as no such call is made; remove it";
    private static final String NO_KPL =
            "has no effect, as records are put without the Kinesis Producer Library; remove it";

    /** What the library of the older sink was told, below {@code sink.producer.}, and has no counterpart. */
    private static final Set<String> OF_KPL = Set.of(
            "aggregation-max-count",
            "aggregation-max-size",
            "ca-cert-path",
            "cloudwatch-endpoint",
            "cloudwatch-port",
            "enable-core-dumps",
            "log-level",
            "metrics-granularity",
            "metrics-level",
            "metrics-namespace",
            "metrics-upload-delay",
            "min-connections",
            "native-executable",
            "rate-limit",
            "temp-directory",
            "threading-model");

    /** Full names, and prefixes that end with a dot. */
    private static final Map<String, String> REFUSED = new LinkedHashMap<>();

    static {
        REFUSED.put("scan.stream.registerstreamconsumer.", AS_DESCRIBED);
        REFUSED.put("scan.stream.deregisterstreamconsumer.", IN_TIME);
        REFUSED.put("scan.stream.describe.", ALWAYS_RETRIED);
        REFUSED.put("scan.shard-assigner", "has no effect, as shards are spread evenly by their number; remove it");
        REFUSED.put(
                "scan.shard.adaptivereads",
                "is not supported; set 'source.shard.get-records.max-record-count' instead");
        REFUSED.put("scan.shard.idle.interval", "use 'scan.watermark.idle-timeout' instead");
        REFUSED.put("scan.watermark.sync.", ALIGNMENT);
        REFUSED.put("scan.watermark.lookahead.", ALIGNMENT);
        REFUSED.put(
                "shard.consumer.error.",
                "has no effect, as calls that fail for a reason that may pass are always made again; remove it");
        REFUSED.put(
                "sink.producer.aggregation-enabled",
                "records are put one by one, which every consumer reads; remove it");
        REFUSED.put("sink.producer.fail-if-throttled", "use 'sink.fail-on-error' instead");
        REFUSED.put("sink.producer.thread-pool-size", "use 'sink.requests.max-inflight' instead");
        REFUSED.put("sink.producer.connect-timeout", "use 'sink.http-client.read-timeout' instead");
        REFUSED.put("sink.producer.record-ttl", "has no effect, as no record is given up; remove it");
        OF_KPL.forEach(name -> REFUSED.put("sink.producer." + name, NO_KPL));
    }

    private final Set<String> known = new TreeSet<>(Set.of("connector", "format", "property-version"));

    private OptionNames(Collection<ConfigOption<?>> options) {
        for (ConfigOption<?> option : options) {
            known.add(option.key());
            option.fallbackKeys().forEach(fallback -> known.add(fallback.getKey()));
        }
    }

    /** @throws ValidationException naming each option that has no effect or is unknown */
    static void check(Map<String, String> given, Collection<ConfigOption<?>> options) {
        OptionNames names = new OptionNames(options);
        List<String> problems = new ArrayList<>();
        String format = given.getOrDefault("format", "");
        for (String name : new TreeSet<>(given.keySet())) {
            if (names.known.contains(name) || isOfAnother(name, format)) {
                continue;
            }
            problems.add(names.problem(name));
        }
        options.forEach(option -> refuseTwice(option, given, problems));
        if (!problems.isEmpty()) {
            throw new ValidationException(String.join("; ", problems));
        }
    }

    /** Flink checks the options of the format and its own; the rest is checked where it is read. */
    private static boolean isOfAnother(String name, String format) {
        return (!format.isEmpty() && name.startsWith(format + "."))
                || name.startsWith("value." + format + ".")
                || (name.startsWith("scan.watermark.") && !isRefused(name))
                || name.startsWith(KinesisOptions.CONSUMER_ARN_PREFIX)
                || name.startsWith(CredentialOptions.PREFIX + ".role.provider.");
    }

    private static boolean isRefused(String name) {
        return REFUSED.keySet().stream().anyMatch(refused -> matches(name, refused));
    }

    private static boolean matches(String name, String refused) {
        return refused.endsWith(".") ? name.startsWith(refused) : name.equals(refused);
    }

    private String problem(String name) {
        for (Map.Entry<String, String> refused : REFUSED.entrySet()) {
            if (matches(name, refused.getKey())) {
                return "option '" + name + "' " + refused.getValue();
            }
        }
        String nearest = Spelling.nearest(name, known)
                .map(meant -> " (did you mean '" + meant + "'?)")
                .orElse("");
        return "unknown option '" + name + "'"
                + (nearest.isEmpty() ? " (expected: one of " + String.join(", ", known) + ")" : nearest);
    }

    private static void refuseTwice(ConfigOption<?> option, Map<String, String> given, List<String> problems) {
        for (FallbackKey fallback : option.fallbackKeys()) {
            if (given.containsKey(option.key()) && given.containsKey(fallback.getKey())) {
                problems.add(
                        "'" + option.key() + "' and '" + fallback.getKey() + "' are one option; remove one of them");
            }
        }
    }
}
