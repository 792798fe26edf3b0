package io.millrace.protocol.arn;

import io.millrace.protocol.endpoint.RequestHead;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * An account in a region: the space in which resource names are unique.
 *
 * @param account twelve digits
 */
public record Namespace(String account, String region) {
    public static final String DEFAULT_ACCOUNT = "000000000000";
    public static final String DEFAULT_REGION = "us-east-1";
    public static final Namespace DEFAULT = new Namespace(DEFAULT_ACCOUNT, DEFAULT_REGION);

    /**
     * Partitions by how their regions' names begin, from AWS's list of partitions. All other regions are of
     * {@code aws}.
     */
    private static final List<Map.Entry<String, String>> OTHER_PARTITIONS = List.of(
            Map.entry("cn-", "aws-cn"),
            Map.entry("us-gov-", "aws-us-gov"),
            Map.entry("us-iso-", "aws-iso"),
            Map.entry("us-isob-", "aws-iso-b"),
            Map.entry("us-isof-", "aws-iso-f"),
            Map.entry("eu-isoe-", "aws-iso-e"),
            Map.entry("eusc-", "aws-eusc"));

    private static final String CREDENTIAL = "Credential=";
    private static final int MOST_KEY_CHARS = 128;
    private static final int DATE_CHARS = 8;
    private static final int MOST_REGION_CHARS = 30;
    private static final int ACCOUNT_CHARS = 12;

    /**
     * Returns the namespace a request speaks of that nobody authenticates: the region is the one its signature is
     * scoped to, and an access key of twelve digits is the account.
     */
    public static Namespace of(RequestHead head) {
        String authorization = head.header(HttpHeaderNames.AUTHORIZATION);
        return ofAuthorization(authorization == null ? "" : authorization);
    }

    /**
     * Looks for {@code Credential=KEY/DATE/REGION/}, with more behind. Written by hand, since it is done for each
     * request and an expression takes ten times as long.
     */
    static Namespace ofAuthorization(String authorization) {
        int at = authorization.indexOf(CREDENTIAL);
        while (at >= 0) {
            Namespace found = ofCredential(authorization, at + CREDENTIAL.length());
            if (found != null) {
                return found;
            }
            at = authorization.indexOf(CREDENTIAL, at + 1);
        }
        return DEFAULT;
    }

    private static @Nullable Namespace ofCredential(String text, int from) {
        int keyEnd = endOf(text, from, MOST_KEY_CHARS, c -> c != '/' && c != ',' && c != '&');
        int dateEnd = keyEnd < 0 ? -1 : endOf(text, keyEnd + 1, DATE_CHARS, Namespace::isDigit);
        if (dateEnd != keyEnd + 1 + DATE_CHARS) {
            return null;
        }
        int regionEnd =
                endOf(text, dateEnd + 1, MOST_REGION_CHARS, c -> isDigit(c) || c == '-' || (c >= 'a' && c <= 'z'));
        if (regionEnd < 0) {
            return null;
        }
        boolean isAccount = endOf(text, from, ACCOUNT_CHARS, Namespace::isDigit) == from + ACCOUNT_CHARS;
        return new Namespace(
                isAccount ? text.substring(from, keyEnd) : DEFAULT_ACCOUNT, text.substring(dateEnd + 1, regionEnd));
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /** Returns where a slash ends a run of such characters, 1 to so many of them; -1 when none does. */
    private static int endOf(String text, int from, int most, IntPredicate allowed) {
        int at = from;
        int last = Math.min(text.length(), from + most + 1);
        while (at < last && allowed.test(text.charAt(at))) {
            at++;
        }
        return at > from && at < last && text.charAt(at) == '/' ? at : -1;
    }

    /** Returns the partition of the region: an isolated group of regions of AWS, whose name is part of every ARN. */
    public String partition() {
        for (Map.Entry<String, String> other : OTHER_PARTITIONS) {
            if (region.startsWith(other.getKey())) {
                return other.getValue();
            }
        }
        return "aws";
    }

    /** Returns the ARN of a resource of this namespace. */
    public String arn(String service, String resource) {
        return String.join(":", "arn", partition(), service, region, account, resource);
    }
}
