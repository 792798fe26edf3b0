package io.millrace.protocol.api;

import io.millrace.protocol.auth.UnauthenticatedException;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.HttpDate;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes errors as AWS does: {@code __type} and {@code message} in the body for the JSON and CBOR protocols, the
 * {@code x-amzn-ErrorType} header and {@code Message} for the REST services.
 *
 * <p>The only place that makes an error body. Stateless and thread-safe.
 */
public final class ErrorRenderer {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorRenderer.class);

    /**
     * The one error whose text has a capital letter in the JSON and CBOR protocols: AWS's framework makes it, no
     * service.
     */
    private static final String SERIALIZATION = "SerializationException";

    /** A second identifier of the answer, which AWS's own support asks for. */
    static final String EXTENDED_ID = "x-amz-id-2";

    private ErrorRenderer() {}

    /** The headers that every answer of an API carries, besides the date, which the endpoint adds. */
    public static Map<String, String> headers(String requestId, BodyFormat format) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", format.contentType());
        headers.put("x-amzn-RequestId", requestId);
        headers.put(EXTENDED_ID, ExtendedIds.next());
        return headers;
    }

    /** Answers a call that failed, whatever it failed with. */
    public static void answer(CallContext call, Throwable failure) {
        ServiceException error = toServiceException(call.requestId(), failure);
        call.exchange().answer(render(error, call.requestId(), call.format()));
    }

    public static Answer render(ServiceException error, String requestId, BodyFormat format) {
        Map<String, String> headers = headers(requestId, format);
        Map<String, String> members = new LinkedHashMap<>();
        if (format == BodyFormat.REST_JSON) {
            headers.put("x-amzn-ErrorType", error.code());
            headers.put("x-amz-ErrorType", error.code());
            headers.put("x-amz-RequestId", requestId);
            members.put("Message", error.text());
        } else {
            members.put("__type", error.code());
            if (!error.text().isEmpty()) {
                members.put(error.code().equals(SERIALIZATION) ? "Message" : "message", error.text());
            }
        }
        return new Answer(error.httpStatus(), headers, ShapeWriter.write(members, format));
    }

    /**
     * Renders a refusal for want of a right signature: as AWS does, the REST services with another status and spelling.
     */
    public static Answer render(UnauthenticatedException refused, String requestId, BodyFormat format) {
        boolean rest = format == BodyFormat.REST_JSON;
        ServiceException error = new ServiceException(refused.code(), rest ? 403 : 400, refused.text());
        Answer answer = render(error, requestId, format);
        Map<String, String> headers = new LinkedHashMap<>(answer.headers());
        refused.clock().ifPresent(clock -> headers.put("Date", HttpDate.format(clock)));
        byte[] body = rest ? ShapeWriter.write(Map.of("message", refused.text()), format) : answer.body();
        return new Answer(answer.status(), headers, body);
    }

    /** Returns what the client may see of a failure; what it may not see is logged here, once. */
    public static ServiceException toServiceException(String requestId, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ServiceException refused) {
            return refused;
        }
        if (cause instanceof MalformedBodyException malformed) {
            return ServiceException.refused(SERIALIZATION, malformed.text());
        }
        LOG.error("request {}: internal failure", requestId, cause);
        return new ServiceException("InternalFailure", 500, "");
    }
}
