package io.millrace.server.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page in Prometheus' text format (version 0.0.4), read as Prometheus reads it, and checked against its conventions. */
public final class Exposition {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)(?: (-?\\d+))?");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");
    private static final Pattern WRONG_UNIT = Pattern.compile(
            ".*_(milliseconds|millis|ms|micros|nanos|minutes|hours|kb|mb|kilobytes|megabytes|percent)(_total|_max)?");
    private static final Set<String> TYPES = Set.of("counter", "gauge", "histogram", "summary", "untyped");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> helps = new LinkedHashMap<>();
    private final List<Sample> samples = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /** One line of figures. */
    record Sample(String name, Map<String, String> labels, double value) {}

    private Exposition() {}

    /** Reads a page. */
    public static Exposition read(String page) {
        Exposition read = new Exposition();
        page.lines().filter(line -> !line.isEmpty()).forEach(read::line);
        read.check();
        return read;
    }

    /** Returns what breaks the format or the conventions. */
    List<String> problems() {
        return problems;
    }

    private void line(String line) {
        String[] words = line.split(" ", 4);
        if (line.startsWith("# HELP ")) {
            refuse(helps.put(words[2], words.length > 3 ? words[3] : "") != null, "a second HELP of " + words[2]);
        } else if (line.startsWith("# TYPE ")) {
            refuse(types.put(words[2], words[3]) != null, "a second TYPE of " + words[2]);
            refuse(!TYPES.contains(words[3]), "an unknown TYPE: " + line);
        } else if (!line.startsWith("#")) {
            Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                problems.add("no sample: " + line);
                return;
            }
            samples.add(new Sample(sample.group(1), labels(sample.group(2)), value(sample.group(3))));
        }
    }

    private Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(text == null ? "" : text);
        int end = 0;
        while (label.lookingAt()) {
            refuse(labels.put(label.group(1), label.group(2)) != null, "a label twice: " + text);
            end = label.end();
            label.region(end, text.length());
        }
        refuse(text != null && end != text.length(), "labels that cannot be read: " + text);
        return labels;
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private void check() {
        Set<Sample> series = new HashSet<>();
        for (Sample sample : samples) {
            refuse(
                    !series.add(new Sample(sample.name(), sample.labels(), 0)),
                    "a series twice: " + sample.name() + sample.labels());
            String family = familyOf(sample.name());
            refuse(!types.containsKey(family), "no TYPE: " + sample.name());
            refuse(helps.getOrDefault(family, "").isEmpty(), "no HELP: " + sample.name());
        }
        types.forEach((name, type) -> {
            refuse(type.equals("counter") != name.endsWith("_total"), "a " + type + " called " + name);
            refuse(WRONG_UNIT.matcher(name).matches(), "not in base units: " + name);
            refuse(samples.stream().noneMatch(sample -> familyOf(sample.name()).equals(name)), "no series of " + name);
        });
        types.forEach((name, type) -> {
            if (type.equals("histogram")) {
                checkHistogram(name);
            }
        });
    }

    private void checkHistogram(String name) {
        for (Sample count : named(name + "_count")) {
            double before = 0;
            double last = Double.NaN;
            for (Map.Entry<Double, Double> bucket :
                    buckets(name, count.labels()).entrySet()) {
                refuse(bucket.getValue() < before, "buckets that shrink: " + name + count.labels());
                before = bucket.getValue();
                last = bucket.getKey().isInfinite() ? bucket.getValue() : Double.NaN;
            }
            refuse(last != count.value(), "the infinite bucket is not the count: " + name + count.labels());
        }
    }

    private String familyOf(String name) {
        for (String suffix : List.of("_bucket", "_sum", "_count")) {
            if (name.endsWith(suffix)) {
                String family = name.substring(0, name.length() - suffix.length());
                String type = types.getOrDefault(family, "");
                if (type.equals("histogram") || type.equals("summary")) {
                    return family;
                }
            }
        }
        return name;
    }

    private void refuse(boolean wrong, String problem) {
        if (wrong) {
            problems.add(problem);
        }
    }

    private List<Sample> named(String name) {
        return samples.stream().filter(sample -> sample.name().equals(name)).toList();
    }

    /** Returns the buckets of a histogram by upper bound, in ascending order. */
    private Map<Double, Double> buckets(String name, Map<String, String> labels) {
        Map<Double, Double> buckets = new TreeMap<>();
        for (Sample sample : named(name + "_bucket")) {
            Map<String, String> rest = new TreeMap<>(sample.labels());
            String bound = rest.remove("le");
            if (rest.entrySet().containsAll(labels.entrySet())) {
                buckets.merge(value(bound), sample.value(), Double::sum);
            }
        }
        return buckets;
    }

    /** Returns the sum of the series that have the labels given, as PromQL's {@code sum(name{...})}. */
    public double sum(String name, Map<String, String> labels) {
        List<Sample> found = named(name).stream()
                .filter(sample -> sample.labels().entrySet().containsAll(labels.entrySet()))
                .toList();
        if (found.isEmpty()) {
            throw new AssertionError("no series " + name + labels);
        }
        return found.stream().mapToDouble(Sample::value).sum();
    }

    /** Returns what PromQL's {@code histogram_quantile} does: the place in the bucket that holds the quantile, by a line. */
    double quantile(double quantile, String name, Map<String, String> labels) {
        Map<Double, Double> buckets = buckets(name, labels);
        double rank = quantile * buckets.getOrDefault(Double.POSITIVE_INFINITY, Double.NaN);
        double lower = 0;
        double below = 0;
        for (Map.Entry<Double, Double> bucket : buckets.entrySet()) {
            if (bucket.getValue() >= rank) {
                double upper = bucket.getKey();
                return upper == Double.POSITIVE_INFINITY
                        ? lower
                        : lower + (upper - lower) * (rank - below) / (bucket.getValue() - below);
            }
            lower = bucket.getKey();
            below = bucket.getValue();
        }
        return Double.NaN;
    }
}
