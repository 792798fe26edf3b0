package io.millrace.protocol.arn;

import java.util.Optional;

/**
 * A parsed Amazon Resource Name, {@code arn:partition:service:region:account:resource}.
 *
 * @param namespace its account and region; the partition that a region belongs to may be another than the one named
 * @param resource everything after the account, for example {@code stream/orders}
 */
public record Arn(String partition, String service, Namespace namespace, String resource) {
    private static final int PARTS = 6;

    /** Returns nothing when the text is no ARN. */
    public static Optional<Arn> parse(String text) {
        String[] parts = text.split(":", PARTS);
        if (parts.length < PARTS || !parts[0].equals("arn")) {
            return Optional.empty();
        }
        return Optional.of(new Arn(parts[1], parts[2], new Namespace(parts[4], parts[3]), parts[5]));
    }
}
