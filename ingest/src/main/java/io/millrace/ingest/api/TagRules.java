package io.millrace.ingest.api;

import io.millrace.ingest.streams.StreamErrors;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.util.Collection;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What tags may be (API reference, TagResource and AddTagsToStream). */
final class TagRules {
    static final int MAX_TAGS = 50;
    private static final int MAX_AT_ONCE = 200;
    private static final int MAX_KEY = 128;
    private static final int MAX_VALUE = 256;
    private static final Pattern INVALID = Pattern.compile("[^\\p{L}\\p{N}_./=+\\-%@: ]");

    private TagRules() {}

    /** Limits the member {@code Tags} of an input. */
    static Constraints tags(Constraints constraints) {
        return constraints
                .length("Tags", 0, MAX_AT_ONCE)
                .keyLength("Tags", 1, MAX_KEY)
                .valueLength("Tags", 0, MAX_VALUE);
    }

    /** As {@link #tags}, with one at least. */
    static Constraints requiredTags(Constraints constraints) {
        return constraints
                .required("Tags")
                .length("Tags", 1, MAX_AT_ONCE)
                .keyLength("Tags", 1, MAX_KEY)
                .valueLength("Tags", 0, MAX_VALUE);
    }

    /** Limits the member {@code TagKeys} of an input. */
    static Constraints tagKeys(Constraints constraints) {
        return constraints.required("TagKeys").length("TagKeys", 1, MAX_TAGS).elementLength("TagKeys", 1, MAX_KEY);
    }

    /**
     * Returns tags whose letters are right.
     *
     * @param action what is said to have failed, such as {@code add tags to stream NAME}
     */
    static Map<String, String> checked(Map<String, String> tags, String action, CallContext call) {
        refuse(Stream.concat(tags.keySet().stream(), tags.values().stream()).toList(), action, call);
        return tags;
    }

    /** As {@link #checked}, for any texts. */
    static void refuse(Collection<String> texts, String action, CallContext call) {
        if (texts.stream().anyMatch(text -> INVALID.matcher(text).find())) {
            throw StreamErrors.invalidArgument(
                    "Some tags contain invalid characters. Valid characters: Unicode letters,"
                            + " digits, white space, _ . / = + - % @ :.");
        }
        if (texts.stream().anyMatch(text -> text.indexOf('%') >= 0)) {
            throw StreamErrors.invalidArgument(
                    ("Failed to %s under account %s because some tags contained illegal characters. The allowed characters"
                                    + " are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'.")
                            .formatted(action, call.namespace().account()));
        }
    }
}
