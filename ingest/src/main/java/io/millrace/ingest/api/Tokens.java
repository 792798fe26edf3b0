package io.millrace.ingest.api;

import io.millrace.ingest.streams.StreamErrors;
import io.millrace.protocol.api.ServiceException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Paging tokens: where the next page begins, as one opaque word. */
final class Tokens {
    private static final long LIFETIME_MILLIS = 300_000;

    private Tokens() {}

    static String seal(String position) {
        return Base64.getEncoder().encodeToString(position.getBytes(StandardCharsets.UTF_8));
    }

    static String open(String token) {
        try {
            return new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw invalid(token);
        }
    }

    /** As {@link #seal}, for five minutes. */
    static String sealFresh(String position, InstantSource clock) {
        return seal(clock.millis() + " " + position);
    }

    /** Opens what {@link #sealFresh} has sealed. */
    static String openFresh(String token, InstantSource clock) {
        String text = open(token);
        int space = text.indexOf(' ');
        long sealed;
        try {
            sealed = Long.parseLong(text.substring(0, Math.max(0, space)));
        } catch (NumberFormatException e) {
            throw invalid(token);
        }
        if (clock.millis() - sealed > LIFETIME_MILLIS) {
            throw ServiceException.refused(
                    "ExpiredNextTokenException",
                    String.format(Locale.ROOT, "The provided token has expired: %s", token));
        }
        return text.substring(space + 1);
    }

    /** @throws ServiceException if a member is there that cannot stand beside a token */
    static void refuseBeside(String member, @Nullable Object value) {
        if (value != null) {
            throw StreamErrors.invalidArgument("NextToken and " + member + " cannot be provided together.");
        }
    }

    static ServiceException invalid(String token) {
        return StreamErrors.invalidArgument(String.format(Locale.ROOT, "NextToken %s is not valid.", token));
    }
}
