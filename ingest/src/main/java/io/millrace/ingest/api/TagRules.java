package io.millrace.ingest.api;

import io.millrace.ingest.streams.StreamErrors;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What tags may be (API reference, TagResource and AddTagsToStream). */
final class TagRules {
    static final int MAX_TAGS = 50;
    private static final String RESERVED = "aws:";
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
     * Returns the tags of a new stream or consumer, with those that are put.
     *
     * @param action what is said to have failed, such as {@code create stream NAME}
     */
    static Map<String, String> checked(Map<String, String> tags, String action, CallContext call) {
        return merged(Map.of(), tags, action, call);
    }

    /**
     * Returns the tags that something has afterwards. All tags come in through here, so that one rule holds for them.
     *
     * @param action as in {@link #checked}
     */
    static Map<String, String> merged(
            Map<String, String> present, Map<String, String> added, String action, CallContext call) {
        refuse(Stream.concat(added.keySet().stream(), added.values().stream()).toList(), action, call);
        if (added.keySet().stream().anyMatch(key -> key.regionMatches(true, 0, RESERVED, 0, RESERVED.length()))) {
            throw StreamErrors.invalidArgument("Failed to " + action + " under account "
                    + call.namespace().account() + " because tag keys that begin with " + RESERVED
                    + " are reserved for AWS use.");
        }
        Map<String, String> all = new HashMap<>(present);
        all.putAll(added);
        if (all.size() > MAX_TAGS) {
            throw StreamErrors.invalidArgument("Failed to " + action + " under account "
                    + call.namespace().account() + " because a given stream cannot have more than " + MAX_TAGS
                    + " tags associated with it.");
        }
        return all;
    }

    /** Refuses letters that no key and no value may have. */
    static void refuse(Collection<String> texts, String action, CallContext call) {
        if (texts.stream().anyMatch(text -> INVALID.matcher(text).find())) {
            throw StreamErrors.invalidArgument(
                    "Some tags contain invalid characters. Valid characters: Unicode letters,"
                            + " digits, white space, _ . / = + - % @ :.");
        }
        if (texts.stream().anyMatch(text -> text.indexOf('%') >= 0)) {
            throw StreamErrors.invalidArgument(String.format(
                    Locale.ROOT,
                    ("Failed to %s under account %s because some tags contained illegal characters. The allowed"
                            + " characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'."),
                    action,
                    call.namespace().account()));
        }
    }
}
