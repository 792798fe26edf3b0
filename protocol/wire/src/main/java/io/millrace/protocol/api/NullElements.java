package io.millrace.protocol.api;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;

/** Finds nulls in lists and maps, which no model of AWS's allows there and no handler expects. Stateless. */
final class NullElements {
    private NullElements() {}

    /** Adds a violation for each list and each map of an input that holds null, however deep it lies. */
    static void collect(SdkPojo input, String shown, Set<String> violations) {
        for (SdkField<?> field : input.sdkFields()) {
            String name = Constraints.lowerFirst(field.memberName());
            String path = shown.isEmpty() ? name : shown + "." + name;
            Object value = Constraints.given(field.getValueOrDefault(input));
            if (value instanceof Collection<?> list && holdsStructures(field)) {
                structures(list, path, violations);
            } else {
                collect(value, path, violations);
            }
        }
    }

    private static boolean holdsStructures(SdkField<?> list) {
        ListTrait trait = list.getTrait(ListTrait.class);
        return trait != null && trait.memberFieldInfo().marshallingType().equals(MarshallingType.SDK_POJO);
    }

    /** A structure that is missing has a place of its own in the message, as its members have. */
    private static void structures(Collection<?> list, String shown, Set<String> violations) {
        int index = 0;
        for (Object element : list) {
            index++;
            String path = shown + "." + index + ".member";
            if (element == null) {
                violations.add(Constraints.violation(null, path, Constraints.NOT_NULL));
            } else {
                collect(element, path, violations);
            }
        }
    }

    private static void collect(@Nullable Object value, String shown, Set<String> violations) {
        if (value instanceof SdkPojo structure) {
            collect(structure, shown, violations);
        } else if (value instanceof Map<?, ?> map) {
            elements(map, map.values(), shown, "Map value must satisfy constraint: ", violations);
        } else if (value instanceof Collection<?> list) {
            elements(list, list, shown, "Member must satisfy constraint: ", violations);
        }
    }

    private static void elements(
            Object container, Collection<?> elements, String shown, String words, Set<String> violations) {
        int index = 0;
        for (Object element : elements) {
            index++;
            if (element == null) {
                violations.add(Constraints.violation(container, shown, words + "[" + Constraints.NOT_NULL + "]"));
                return;
            }
            collect(element, shown + "." + index + ".member", violations);
        }
    }
}
