package io.millrace.firehose.catalog;

import io.millrace.protocol.api.ServiceException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of entries in the order of their names, without regard to case.
 *
 * @param nextToken absent on the last page
 */
record NamePage<T>(List<T> shown, @Nullable String nextToken) {
    private static final int MOST = 100;

    /**
     * Cuts a page out of all entries.
     *
     * @param token of the page before; absent for the first
     * @param most how many entries; absent for as many as a page may have
     */
    static <T> NamePage<T> of(List<T> all, Function<T, String> name, @Nullable String token, @Nullable Integer most) {
        String after = token == null ? "" : open(token);
        List<T> rest = all.stream()
                .filter(entry -> lower(name.apply(entry)).compareTo(after) > 0)
                .toList();
        int limit = most == null ? MOST : most;
        List<T> shown = rest.stream().limit(limit).toList();
        return new NamePage<>(shown, rest.size() > limit ? seal(lower(name.apply(shown.get(shown.size() - 1)))) : null);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static String seal(String name) {
        return Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    private static String open(String token) {
        try {
            return new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ServiceException.refused("InvalidInputException", "NextToken is not valid.");
        }
    }
}
