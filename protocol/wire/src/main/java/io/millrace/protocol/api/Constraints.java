package io.millrace.protocol.api;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;

/**
 * What the model says of an operation's input: which members are required, how long and how large they may be.
 *
 * <p>All violations are reported in one {@code ValidationException}, in the words of AWS and in the order in which the
 * constraints were added; the elements of a list one after the other. No list and no map may hold null. A path names
 * nested members with dots ({@code StartingPosition.Type}). Built once, then immutable and thread-safe.
 */
public final class Constraints {
    private static final int MOST_SHOWN = 10;
    static final String NOT_NULL = "Member must not be null";

    /** What is said of one member. The names lead to it, through structures. */
    private record Rule(List<String> names, Look look) {}

    /** Looks at a member and adds what is wrong with it. */
    @FunctionalInterface
    private interface Look {
        void at(@Nullable Object value, String shown, Set<String> violations);
    }

    private final List<Rule> rules = new ArrayList<>();
    private Consumer<SdkPojo> others = input -> {};

    private boolean showsValues = true;

    private Constraints() {}

    public static Constraints none() {
        return new Constraints();
    }

    /** Leaves the values out of the messages, as services of AWS do since 2026; 501 records would be 6 KB of text. */
    public Constraints withoutValues() {
        showsValues = false;
        return this;
    }

    public Constraints required(String... paths) {
        for (String path : paths) {
            add(path, value -> value == null ? NOT_NULL : null);
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
                : String.format(
                        Locale.ROOT,
                        "%s[Member must have length less than or equal to %d, Member must have length greater than or equal to %d]",
                        words,
                        max,
                        min);
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
        return rule(path, value -> values.contains(value.toString()) ? null : enumSet(values));
    }

    /**
     * Refuses members that an operation does not heed, once those that it heeds are right.
     *
     * @param refusal makes the error for the path of a member
     */
    public Constraints only(HeededMembers heeded, Function<String, ServiceException> refusal) {
        others = input -> heeded.refuseOthers(input, refusal);
        return this;
    }

    /** Holds for each structure of a list; where one is missing, that is a violation. */
    public Constraints each(String path, Constraints ofElement) {
        return add(path, (value, shown, violations) -> {
            List<?> elements = value == null ? List.of() : (List<?>) value;
            for (int i = 0; i < elements.size() && violations.size() < MOST_SHOWN; i++) {
                String element = String.format(Locale.ROOT, "%s.%d.member", shown, i + 1);
                if (elements.get(i) instanceof SdkPojo structure) {
                    ofElement.collect(structure, element, violations);
                } else {
                    violations.add(told(null, element, NOT_NULL));
                }
            }
        });
    }

    /** Limits every string in a list to some words. */
    public Constraints elementsOneOf(String path, Collection<String> values) {
        return rule(
                path,
                value -> ((Collection<?>) value).stream().allMatch(element -> values.contains(String.valueOf(element)))
                        ? null
                        : String.format(Locale.ROOT, "Member must satisfy constraint: [%s]", enumSet(values)));
    }

    private static String enumSet(Collection<String> values) {
        return "Member must satisfy enum value set: [" + String.join(", ", values) + "]";
    }

    private Constraints rule(String path, Function<Object, @Nullable String> violated) {
        return add(path, value -> value == null ? null : violated.apply(value));
    }

    private Constraints add(String path, Function<@Nullable Object, @Nullable String> violated) {
        return add(path, (value, shown, violations) -> {
            String constraint = violated.apply(value);
            if (constraint != null) {
                violations.add(told(value, shown, constraint));
            }
        });
    }

    private Constraints add(String path, Look look) {
        rules.add(new Rule(List.of(path.split("\\.", -1)), look));
        return this;
    }

    /** @throws ServiceException {@code ValidationException} with every violation */
    public void check(SdkPojo input) {
        Set<String> violations = new LinkedHashSet<>();
        collect(input, "", violations);
        if (violations.isEmpty()) {
            NullElements.collect(input, "", violations);
        }
        if (!violations.isEmpty()) {
            int count = violations.size(); // AWS counts and shows ten at most
            throw ServiceException.validation(String.format(
                    Locale.ROOT,
                    "%d validation error%s detected: %s",
                    count,
                    count == 1 ? "" : "s",
                    String.join("; ", violations)));
        }
        others.accept(input);
    }

    private void collect(SdkPojo input, String shown, Set<String> violations) {
        for (Rule rule : rules) {
            if (violations.size() < MOST_SHOWN) {
                lookAt(rule, input, shown, violations);
            }
        }
    }

    /** Goes to the member that a rule speaks of; nothing is said of members of a structure that is not there. */
    private static void lookAt(Rule rule, SdkPojo input, String parent, Set<String> violations) {
        Object at = input;
        String shown = parent;
        for (String name : rule.names()) {
            if (!(at instanceof SdkPojo structure)) {
                return;
            }
            SdkField<?> field = structure.sdkFieldNameToField().get(name);
            if (field == null) {
                throw new IllegalStateException(
                        String.format(Locale.ROOT, "no member %s in %s", rule.names(), input.getClass()));
            }
            shown = shown.isEmpty() ? lowerFirst(name) : shown + "." + lowerFirst(name);
            at = given(field.getValueOrDefault(structure));
        }
        rule.look().at(at, shown, violations);
    }

    /** Returns a value that was sent: the SDK shows an empty list or map where there is none. */
    static @Nullable Object given(@Nullable Object value) {
        return value instanceof SdkAutoConstructList<?> || value instanceof SdkAutoConstructMap<?, ?> ? null : value;
    }

    private String told(@Nullable Object value, String shown, String constraint) {
        return showsValues
                ? violation(value, shown, constraint)
                : String.format(Locale.ROOT, "Value at '%s' failed to satisfy constraint: %s", shown, constraint);
    }

    static String violation(@Nullable Object value, String shown, String constraint) {
        String quoted = value == null ? "null" : "'" + shown(value) + "'";
        return String.format(
                Locale.ROOT, "Value %s at '%s' failed to satisfy constraint: %s", quoted, shown, constraint);
    }

    static String lowerFirst(String name) {
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    private static String shown(Object value) {
        if (value instanceof SdkBytes bytes) {
            return String.format(
                    Locale.ROOT, "java.nio.HeapByteBuffer[pos=0 lim=%1$d cap=%1$d]", bytes.asByteArrayUnsafe().length);
        }
        if (value instanceof Collection<?> elements) {
            return elements.stream().map(Constraints::shownInList).collect(Collectors.joining(", ", "[", "]"));
        }
        return value.toString();
    }

    /** AWS shows its own class of a structure, and nothing of what is in it. */
    private static String shownInList(@Nullable Object element) {
        return element instanceof SdkPojo
                ? element.getClass().getSimpleName() + "@" + Integer.toHexString(element.hashCode())
                : String.valueOf(element);
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
