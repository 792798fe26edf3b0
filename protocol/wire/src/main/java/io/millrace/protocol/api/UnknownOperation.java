package io.millrace.protocol.api;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.shape.BodyFormat;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers a request that means none of the operations, as AWS does: in the format of the request where that is one of
 * the formats of {@code X-Amz-Target}, else in XML. Paths other than {@code /} are a REST service's, which says it in
 * JSON. Stateless.
 */
final class UnknownOperation {
    private static final String UNKNOWN = "UnknownOperationException";
    private static final String NO_OPERATION = """
        <AccessDeniedException>
          <Message>Unable to determine service/operation name to be authorized</Message>
        </AccessDeniedException>
        """;

    private UnknownOperation() {}

    static Answer answer(RequestHead head, byte[] body, String requestId) {
        BodyFormat format = BodyFormat.ofContentType(head.header("Content-Type"));
        String target = head.header("X-Amz-Target");
        boolean isPost = head.method().equals("POST");
        ForeignService foreign = isPost ? foreign(head, target, format, body) : null;
        if (foreign != null) {
            return answer(foreign, format, requestId);
        }
        if (isPost && format != null && format != BodyFormat.REST_JSON) {
            return json(400, requestId, format);
        }
        if (isPost && target != null && target.indexOf('.') > 0) {
            return format == null
                    ? xml(404, "<" + UNKNOWN + "/>\n", requestId)
                    : json(400, requestId, BodyFormat.JSON_1_1);
        }
        return head.path().equals("/") ? xml(403, NO_OPERATION, requestId) : json(404, requestId, BodyFormat.JSON_1_1);
    }

    private static @Nullable ForeignService foreign(
            RequestHead head, @Nullable String target, @Nullable BodyFormat format, byte[] body) {
        if (!head.path().equals("/")) {
            return ForeignService.ofPath(head.path());
        }
        return target == null && format == null ? ForeignService.ofForm(body) : ForeignService.ofTarget(target);
    }

    /** @param format of the request; absent where its content type is none of AWS's */
    private static Answer answer(ForeignService foreign, @Nullable BodyFormat format, String requestId) {
        ServiceException error = ServiceException.refused(UNKNOWN, foreign.text());
        return switch (foreign.form()) {
            case JSON -> ErrorRenderer.render(error, requestId, format == null ? BodyFormat.JSON_1_0 : format);
            case CBOR ->
                new Answer(
                        error.httpStatus(),
                        ForeignService.rpcHeaders(requestId),
                        ErrorRenderer.render(error, requestId, BodyFormat.CBOR).body());
            case QUERY ->
                new Answer(
                        error.httpStatus(),
                        Map.of("Content-Type", "text/xml", "x-amzn-RequestId", requestId),
                        foreign.xml(UNKNOWN, requestId));
        };
    }

    private static Answer json(int status, String requestId, BodyFormat format) {
        return ErrorRenderer.render(new ServiceException(UNKNOWN, status, ""), requestId, format);
    }

    /** Has no content type, since AWS sends none. */
    private static Answer xml(int status, String text, String requestId) {
        Map<String, String> headers =
                Map.of("x-amzn-RequestId", requestId, ErrorRenderer.EXTENDED_ID, ExtendedIds.next());
        return new Answer(status, headers, text.getBytes(StandardCharsets.UTF_8));
    }
}
