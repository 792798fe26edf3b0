package io.millrace.protocol.auth;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The {@code Credential} of a signature, {@code KEY/DATE/REGION/SERVICE/aws4_request}: who signs, and for what the
 * signing key was made. All but the key's id is the scope.
 */
record Credential(String keyId, String date, String region, String service, String terminator) {
    static final String TERMINATOR = "aws4_request";

    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,30}");
    private static final int DATE_CHARACTERS = 8;

    static Credential parse(String text) throws UnauthenticatedException {
        int date = text.indexOf('/') + 1;
        int region = text.indexOf('/', date) + 1;
        int service = text.indexOf('/', region) + 1;
        int terminator = text.indexOf('/', service) + 1;
        boolean ordered = date > 0 && region > date && service > region && terminator > service;
        if (!ordered || text.indexOf('/', terminator) >= 0) {
            throw UnauthenticatedException.incomplete(String.format(
                    Locale.ROOT,
                    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'",
                    text));
        }
        return new Credential(
                text.substring(0, date - 1),
                text.substring(date, region - 1),
                text.substring(region, service - 1),
                text.substring(service, terminator - 1),
                text.substring(terminator));
    }

    /**
     * Refuses a scope that is not the request's. Every region is served here, so any name that may be one will do.
     *
     * @param timestamp when the request was signed
     */
    void checkScope(String expectedService, String timestamp) throws UnauthenticatedException {
        StringBuilder text = new StringBuilder();
        if (!REGION.matcher(region).matches()) {
            text.append(
                    String.format(Locale.ROOT, "Credential should be scoped to a valid region, not '%s'. ", region));
        }
        if (!service.equals(expectedService)) {
            text.append(String.format(
                    Locale.ROOT, "Credential should be scoped to correct service: '%s'. ", expectedService));
        }
        if (!terminator.equals(TERMINATOR)) {
            text.append(String.format(
                    Locale.ROOT,
                    "Credential should be scoped with a valid terminator: '%s', not '%s'. ",
                    TERMINATOR,
                    terminator));
        }
        if (date.length() != DATE_CHARACTERS || !timestamp.startsWith(date)) {
            text.append("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP. ");
        }
        if (!text.isEmpty()) {
            throw UnauthenticatedException.invalid(text.toString());
        }
    }
}
