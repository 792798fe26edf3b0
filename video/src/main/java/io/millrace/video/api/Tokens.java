package io.millrace.video.api;

import io.millrace.video.streams.VideoErrors;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/** Paging tokens: where the next page begins, as one opaque word. */
final class Tokens {
    private Tokens() {}

    static String seal(String position) {
        return Base64.getEncoder().encodeToString(position.getBytes(StandardCharsets.UTF_8));
    }

    static String open(String token) {
        try {
            return new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw VideoErrors.invalidArgument(String.format(Locale.ROOT, "NextToken %s is not valid.", token));
        }
    }
}
