package io.millrace.protocol.api;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;

/**
 * The members of an input that an operation heeds. What a caller sets besides is refused by its name, so that nothing
 * is asked for and passed over in silence. Immutable.
 */
public final class HeededMembers {
    private static final String ALL_BELOW = ".*";

    private final Set<String> paths;

    private HeededMembers(Set<String> paths) {
        this.paths = paths;
    }

    /**
     * Names members by their paths, such as {@code BufferingHints.SizeInMBs}; lists and maps add nothing to a path.
     *
     * @param paths each of one member, without those in it; one that ends in {@code .*} stands for all that are in a
     *     member
     */
    public static HeededMembers of(Collection<String> paths) {
        return new HeededMembers(Set.copyOf(paths));
    }

    /** Tells whether a member is heeded. */
    public boolean contains(String path) {
        if (paths.contains(path)) {
            return true;
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            if (paths.contains(path.substring(0, dot) + ALL_BELOW)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Looks at every member that was sent. Empty lists and maps ask for nothing.
     *
     * @param refusal makes the error for a path
     * @throws ServiceException for the first member that is not heeded
     */
    public void refuseOthers(SdkPojo input, Function<String, ServiceException> refusal) {
        refuseOthers(input, "", refusal);
    }

    private void refuseOthers(SdkPojo input, String parent, Function<String, ServiceException> refusal) {
        for (SdkField<?> field : input.sdkFields()) {
            Object value = field.getValueOrDefault(input);
            if (isGiven(value)) {
                String path = parent + field.memberName();
                if (!contains(path)) {
                    throw refusal.apply(path);
                }
                lookInto(value, path + ".", refusal);
            }
        }
    }

    private void lookInto(@Nullable Object value, String parent, Function<String, ServiceException> refusal) {
        if (value instanceof SdkPojo structure) {
            refuseOthers(structure, parent, refusal);
        } else if (value instanceof Collection<?> elements) {
            elements.forEach(element -> lookInto(element, parent, refusal));
        } else if (value instanceof Map<?, ?> map) {
            map.values().forEach(element -> lookInto(element, parent, refusal));
        }
    }

    private static boolean isGiven(@Nullable Object value) {
        if (value instanceof Collection<?> elements) {
            return !elements.isEmpty();
        }
        return value instanceof Map<?, ?> map ? !map.isEmpty() : value != null;
    }
}
