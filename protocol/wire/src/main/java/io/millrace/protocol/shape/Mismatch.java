package io.millrace.protocol.shape;

import java.util.Locale;
import tools.jackson.core.JsonToken;

/**
 * What AWS says of a value that is not of its member's type.
 *
 * <p>It names the value by its token and the member by its type, and never the member itself. Stateless.
 */
final class Mismatch {
    private static final String LIST = "Start of list found where not expected";
    private static final String STRUCTURE = "Start of structure or map found where not expected.";

    private Mismatch() {}

    /**
     * A value where a scalar was wanted.
     *
     * @param wanted with its article, for example {@code an Integer}
     */
    static MalformedBodyException scalar(JsonToken found, String wanted) {
        return isContainer(found) ? container(found) : conversion(found, wanted);
    }

    /**
     * A value where a structure, a map or a list was wanted.
     *
     * @param scalarText what is said of a scalar
     */
    static MalformedBodyException compound(JsonToken found, String scalarText) {
        return isContainer(found) ? container(found) : MalformedBodyException.mismatch(scalarText);
    }

    /** Whatever is not an object, in the place of the whole body. */
    static MalformedBodyException body(JsonToken found) {
        return found == JsonToken.START_ARRAY
                ? container(found)
                : MalformedBodyException.unreadable("the body is not an object");
    }

    private static boolean isContainer(JsonToken found) {
        return found == JsonToken.START_ARRAY || found == JsonToken.START_OBJECT;
    }

    private static MalformedBodyException container(JsonToken found) {
        return MalformedBodyException.mismatch(found == JsonToken.START_ARRAY ? LIST : STRUCTURE);
    }

    private static MalformedBodyException conversion(JsonToken found, String wanted) {
        String name = switch (found) {
            case VALUE_STRING -> "STRING_VALUE";
            case VALUE_TRUE -> "TRUE_VALUE";
            case VALUE_FALSE -> "FALSE_VALUE";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "NUMBER_VALUE";
            default -> null;
        };
        return name == null // bytes in CBOR, of which no text is known
                ? MalformedBodyException.unreadable(String.format(Locale.ROOT, "%s is not %s", found, wanted))
                : MalformedBodyException.mismatch(
                        String.format(Locale.ROOT, "%s can not be converted to %s", name, wanted));
    }
}
