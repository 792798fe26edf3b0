package io.millrace.protocol.api;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;

/**
 * What the model says of an operation's input: which members are required, how long and how large they may be.
 *
 * <p>All violations are reported in one {@code ValidationException}, in the words of AWS. A path names nested members
 * with dots ({@code StartingPosition.Type}) and all elements of a list with a star ({@code Records.*.PartitionKey}).
 * Built once, then immutable and thread-safe.
 */
public final class Constraints {
    private static final int MOST_SHOWN = 10;

    private record Rule(String path, Function<@Nullable Object, @Nullable String> violated) {}

    private final List<Rule> rules = new ArrayList<>();

    private Constraints() {}

    public static Constraints none() {
        return new Constraints();
    }

    public Constraints required(String... paths) {
        for (String path : paths) {
            rules.add(new Rule(path, value -> value == null ? "Member must not be null" : null));
        }
        return this;
    }

    /** Limits the length of a string, the bytes of a blob or the number of elements. */
    public Constraints length(String path, int min, int max) {
        return rule(path, value -> {
            long length = lengthOf(value);
            if (length < min) {
                return "Member must have length greater than or equal to " + min;
            }
            return length > max ? "Member must have length less than or equal to " + max : null;
        });
    }

    /** Limits the length of every string in a list. */
    public Constraints elementLength(String path, int min, int max) {
        return rule(path, value -> lengths((Collection<?>) value, min, max, "Member must satisfy constraint: "));
    }

    /** Limits the length of every key of a map. */
    public Constraints keyLength(String path, int min, int max) {
        return rule(
                path, value -> lengths(((Map<?, ?>) value).keySet(), min, max, "Map keys must satisfy constraint: "));
    }

    /** Limits the length of every value of a map. */
    public Constraints valueLength(String path, int min, int max) {
        return rule(
                path, value -> lengths(((Map<?, ?>) value).values(), min, max, "Map value must satisfy constraint: "));
    }

    private static @Nullable String lengths(Collection<?> values, int min, int max, String words) {
        boolean right = values.stream()
                .mapToLong(value -> value == null ? 0 : lengthOf(value))
                .allMatch(length -> length >= min && length <= max);
        return right
                ? null
                : "%s[Member must have length less than or equal to %d, Member must have length greater than or equal to %d]"
                        .formatted(words, max, min);
    }

    public Constraints range(String path, long min, long max) {
        return rule(path, value -> {
            BigDecimal number = new BigDecimal(value.toString());
            if (number.compareTo(BigDecimal.valueOf(min)) < 0) {
                return "Member must have value greater than or equal to " + min;
            }
            return number.compareTo(BigDecimal.valueOf(max)) > 0
                    ? "Member must have value less than or equal to " + max
                    : null;
        });
    }

    public Constraints pattern(String path, String regex) {
        Pattern pattern = Pattern.compile(regex);
        return rule(
                path,
                value -> pattern.matcher((String) value).matches()
                        ? null
                        : "Member must satisfy regular expression pattern: " + regex);
    }

    public Constraints oneOf(String path, Collection<String> values) {
        return rule(
                path,
                value -> values.contains(value.toString())
                        ? null
                        : "Member must satisfy enum value set: [" + String.join(", ", values) + "]");
    }

    private Constraints rule(String path, Function<Object, @Nullable String> violated) {
        rules.add(new Rule(path, value -> value == null ? null : violated.apply(value)));
        return this;
    }

    /** @throws ServiceException {@code ValidationException} with every violation */
    public void check(SdkPojo input) {
        Set<String> violations = new LinkedHashSet<>(); // two rules may stumble over one missing element
        for (Rule rule : rules) {
            if (violations.size() < MOST_SHOWN) {
                check(rule, input, rule.path().split("\\.", -1), 0, "", violations);
            }
        }
        if (!violations.isEmpty()) {
            int count = violations.size(); // AWS counts and shows ten at most
            throw ServiceException.validation("%d validation error%s detected: %s"
                    .formatted(count, count == 1 ? "" : "s", String.join("; ", violations)));
        }
    }

    private static void check(
            Rule rule, @Nullable Object at, String[] path, int depth, String shown, Set<String> violations) {
        boolean missingElement = at == null && depth > 0 && path[depth - 1].equals("*");
        if (depth == path.length || missingElement) {
            String constraint = rule.violated().apply(at);
            if (constraint != null && violations.size() < MOST_SHOWN) {
                String value = at == null ? "null" : "'" + shown(at) + "'";
                violations.add("Value %s at '%s' failed to satisfy constraint: %s".formatted(value, shown, constraint));
            }
        } else if (at instanceof List<?> list && path[depth].equals("*")) {
            for (int i = 0; i < list.size(); i++) {
                check(rule, list.get(i), path, depth + 1, shown + "." + (i + 1) + ".member", violations);
            }
        } else if (at instanceof SdkPojo pojo) {
            SdkField<?> field = pojo.sdkFieldNameToField().get(path[depth]);
            if (field == null) {
                throw new IllegalStateException("no member " + rule.path());
            }
            String name = shown.isEmpty() ? lowerFirst(path[depth]) : shown + "." + lowerFirst(path[depth]);
            check(rule, field.getValueOrDefault(pojo), path, depth + 1, name, violations);
        }
    }

    private static String lowerFirst(String name) {
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    private static String shown(Object value) {
        return value instanceof SdkBytes bytes
                ? "java.nio.HeapByteBuffer[pos=0 lim=%1$d cap=%1$d]".formatted(bytes.asByteArrayUnsafe().length)
                : value.toString();
    }

    private static long lengthOf(Object value) {
        if (value instanceof String text) {
            return text.length();
        }
        if (value instanceof SdkBytes bytes) {
            return bytes.asByteArrayUnsafe().length;
        }
        return value instanceof Map<?, ?> map ? map.size() : ((Collection<?>) value).size();
    }
}
