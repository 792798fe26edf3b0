package io.millrace.protocol.auth;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The parameters of a query, decoded. A character stands for one byte, so that any encoding of text passes through.
 *
 * <p>A percent sign without two hexadecimal digits behind it stands for itself, and a plus for a space.
 */
final class QueryParameters {
    private static final QueryParameters NONE = new QueryParameters(List.of());
    private static final int HEXADECIMAL = 16;

    /** Operations have a dozen parameters at most, and a signature adds seven. */
    private static final int MOST_PARAMETERS = 100;

    private record Parameter(String name, String value) {}

    private final List<Parameter> parameters;

    private QueryParameters(List<Parameter> parameters) {
        this.parameters = parameters;
    }

    /**
     * Parses a query.
     *
     * @param query the part of the URL behind the question mark, as sent
     * @throws UnauthenticatedException if there are too many parameters to sort them for a sender who is not known yet
     */
    static QueryParameters parse(String query) throws UnauthenticatedException {
        if (query.isEmpty()) {
            return NONE;
        }
        List<Parameter> parameters = new ArrayList<>();
        for (int at = 0; at <= query.length(); ) {
            int ampersand = query.indexOf('&', at);
            int end = ampersand < 0 ? query.length() : ampersand;
            if (end > at) {
                if (parameters.size() == MOST_PARAMETERS) {
                    throw UnauthenticatedException.incomplete(String.format(
                            Locale.ROOT, "The query string has more than %d parameters.", MOST_PARAMETERS));
                }
                String pair = query.substring(at, end);
                int equals = pair.indexOf('=');
                parameters.add(
                        equals < 0
                                ? new Parameter(decode(pair), "")
                                : new Parameter(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1))));
            }
            at = end + 1;
        }
        return new QueryParameters(parameters);
    }

    private static String decode(String encoded) {
        if (encoded.indexOf('%') < 0 && encoded.indexOf('+') < 0) {
            return encoded;
        }
        StringBuilder decoded = new StringBuilder(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            int high = c == '%' ? digit(encoded, i + 1) : -1;
            int low = c == '%' ? digit(encoded, i + 2) : -1;
            if (high >= 0 && low >= 0) {
                decoded.append((char) (high * HEXADECIMAL + low));
                i += 2;
            } else {
                decoded.append(c == '+' ? ' ' : c);
            }
        }
        return decoded.toString();
    }

    private static int digit(String text, int at) {
        return at < text.length() ? Character.digit(text.charAt(at), HEXADECIMAL) : -1;
    }

    boolean has(String name) {
        return parameters.stream().anyMatch(parameter -> parameter.name().equals(name));
    }

    /**
     * @throws UnauthenticatedException if there are several of this name, of which one might be checked and another
     *     used
     */
    Optional<String> one(String name) throws UnauthenticatedException {
        List<String> values = parameters.stream()
                .filter(parameter -> parameter.name().equals(name))
                .map(Parameter::value)
                .toList();
        if (values.size() > 1) {
            throw UnauthenticatedException.incomplete(String.format(
                    Locale.ROOT,
                    "AWS query-string parameters must include '%s' once. Re-examine the query-string parameters.",
                    name));
        }
        return values.stream().findFirst();
    }

    /** Returns these parameters without those of a name. */
    QueryParameters without(String name) {
        return new QueryParameters(parameters.stream()
                .filter(parameter -> !parameter.name().equals(name))
                .toList());
    }

    /** Appends the parameters in the one order and encoding that is signed. */
    void writeCanonical(Octets out) {
        List<Parameter> sorted = parameters.stream()
                .map(parameter -> new Parameter(encode(parameter.name()), encode(parameter.value())))
                .sorted(Comparator.comparing(Parameter::name).thenComparing(Parameter::value))
                .toList();
        for (int i = 0; i < sorted.size(); i++) {
            if (i > 0) {
                out.add('&');
            }
            out.add(sorted.get(i).name()).add('=').add(sorted.get(i).value());
        }
    }

    private static String encode(String decoded) {
        Octets encoded = new Octets();
        encoded.addEncoded(decoded, false);
        return encoded.toString();
    }
}
