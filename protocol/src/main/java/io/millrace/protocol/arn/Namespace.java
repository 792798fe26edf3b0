package io.millrace.protocol.arn;

import io.millrace.protocol.endpoint.RequestHead;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An account in a region: the space in which resource names are unique.
 *
 * @param account twelve digits
 */
public record Namespace(String account, String region) {
    public static final String DEFAULT_ACCOUNT = "000000000000";
    public static final String DEFAULT_REGION = "us-east-1";
    public static final Namespace DEFAULT = new Namespace(DEFAULT_ACCOUNT, DEFAULT_REGION);

    /** {@code Credential=KEY/DATE/REGION/SERVICE/aws4_request}, with commas of a header or ampersands of a query behind. */
    private static final Pattern SCOPE = Pattern.compile("Credential=([^/,&]{1,128}+)/\\d{8}/([a-z0-9-]{1,30})/");

    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");

    /**
     * Returns the namespace a request speaks of that nobody authenticates: the region is the one its signature is scoped to,
     * and an access key of twelve digits is the account.
     */
    public static Namespace of(RequestHead head) {
        String authorization = head.header("Authorization");
        return ofAuthorization(authorization == null ? "" : authorization);
    }

    static Namespace ofAuthorization(CharSequence authorization) {
        Matcher scope = SCOPE.matcher(authorization);
        if (!scope.find()) {
            return DEFAULT;
        }
        String key = scope.group(1);
        return new Namespace(ACCOUNT.matcher(key).matches() ? key : DEFAULT_ACCOUNT, scope.group(2));
    }

    /** Returns the ARN of a resource of this namespace. */
    public String arn(String service, String resource) {
        return "arn:aws:%s:%s:%s:%s".formatted(service, region, account, resource);
    }
}
