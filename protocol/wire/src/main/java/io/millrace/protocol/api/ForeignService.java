package io.millrace.protocol.api;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A service that is not here and that the libraries around Kinesis call beside it: CloudWatch for their metrics,
 * DynamoDB for
 * the leases of the KCL. They show their users the text of an error, so that it says what to set. Immutable.
 *
 * @param form in which the caller speaks, and reads
 * @param text of the error
 */
record ForeignService(Form form, String text) {
    private static final Pattern RPC_PATH = Pattern.compile("/service/([\\w.]+)/operation/(\\w+)");
    private static final Pattern ACTION = Pattern.compile("(?:^|&)Action=(\\w{1,64})(?:&|$)");
    private static final String CLOUD_WATCH = "GraniteServiceVersion20100801";
    private static final String CLOUD_WATCH_VERSION = "Version=2010-08-01";
    private static final String DYNAMO_DB = "DynamoDB_";

    /** The three ways in which the SDKs speak to these services. */
    enum Form {
        JSON,
        /** Smithy RPC v2. */
        CBOR,
        QUERY
    }

    /** Returns the service that a request means by its target; nothing when it means none of these. */
    static @Nullable ForeignService ofTarget(@Nullable String target) {
        int dot = target == null ? -1 : target.lastIndexOf('.');
        return target == null || dot < 0
                ? null
                : called(Form.JSON, target.substring(0, dot), target.substring(dot + 1));
    }

    /** As {@link #ofTarget}, by a path of Smithy RPC v2. */
    static @Nullable ForeignService ofPath(String path) {
        Matcher matcher = RPC_PATH.matcher(path);
        return matcher.matches() ? called(Form.CBOR, matcher.group(1), matcher.group(2)) : null;
    }

    /** As {@link #ofTarget}, by the form fields of the Query protocol, of which only CloudWatch is known. */
    static @Nullable ForeignService ofForm(byte[] body) {
        String fields = new String(body, StandardCharsets.ISO_8859_1);
        Matcher matcher = ACTION.matcher(fields);
        return fields.contains(CLOUD_WATCH_VERSION) && matcher.find()
                ? called(Form.QUERY, CLOUD_WATCH, matcher.group(1))
                : null;
    }

    private static @Nullable ForeignService called(Form form, String service, String operation) {
        if (service.equals(CLOUD_WATCH)) {
            return new ForeignService(
                    form,
                    "CloudWatch is not served by this endpoint (" + operation + "). Turn the metrics of the client off"
                            + " (KCL: MetricsLevel.NONE; KPL: metricsLevel none; agent: cloudwatch.emitMetrics false),"
                            + " or give its CloudWatch client an endpoint of its own.");
        }
        if (service.startsWith(DYNAMO_DB)) {
            return new ForeignService(
                    form,
                    "DynamoDB is not served by this endpoint (" + operation + "). The KCL keeps its leases there:"
                            + " give its DynamoDB client the endpoint of a DynamoDB (endpointOverride of the"
                            + " DynamoDbAsyncClient; KCL 1: dynamoDBEndpoint).");
        }
        return null;
    }

    /** Returns the text as an error in the XML of the Query protocol. */
    byte[] xml(String code, String requestId) {
        return ("<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">\n  <Error>\n"
                        + "    <Type>Sender</Type>\n    <Code>" + code + "</Code>\n    <Message>" + text
                        + "</Message>\n  </Error>\n  <RequestId>" + requestId + "</RequestId>\n</ErrorResponse>\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The headers by which a client of Smithy RPC v2 knows an answer to be one. */
    static Map<String, String> rpcHeaders(String requestId) {
        return Map.of(
                "Content-Type", "application/cbor", "smithy-protocol", "rpc-v2-cbor", "x-amzn-RequestId", requestId);
    }
}
