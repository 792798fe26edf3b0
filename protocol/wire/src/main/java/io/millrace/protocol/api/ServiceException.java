package io.millrace.protocol.api;

import io.millrace.durable.documents.DamagedDocument;
import java.util.Locale;

/**
 * A request was refused for a reason that its sender can act upon.
 *
 * <p>Whatever else escapes a handler is a defect or a broken disk; {@link ErrorRenderer} logs that with the request id
 * and answers {@code InternalFailure} without its text. Carries no stack trace: it is an answer, and may come by the
 * thousand.
 */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;
    private final int httpStatus;

    /**
     * @param code the error shape's name, which clients match on
     * @param message the text that AWS uses
     */
    public ServiceException(String code, int httpStatus, String message) {
        super(message, null, false, false);
        this.code = code;
        this.httpStatus = httpStatus;
    }

    /** A client's error with the usual status 400. */
    public static ServiceException refused(String code, String message) {
        return new ServiceException(code, 400, message);
    }

    /** Refuses a call that names something whose description on the disk is damaged. */
    public static ServiceException damaged(DamagedDocument document) {
        return new ServiceException("InternalFailure", 500, document.toString());
    }

    /**
     * Returns what AWS says to a caller whom no policy allows an action on a resource.
     *
     * @param action as IAM names it, such as {@code kinesis:GetRecords}
     */
    public static String notAuthorized(String account, String action, String arn) {
        return String.format(
                Locale.ROOT,
                ("User: arn:aws:iam::%s:root is not authorized to perform: %s on resource: %s because no"
                        + " resource-based policy allows the %s action"),
                account,
                action,
                arn,
                action);
    }

    public static ServiceException validation(String message) {
        return refused("ValidationException", message);
    }

    public String code() {
        return code;
    }

    public int httpStatus() {
        return httpStatus;
    }

    /** Returns the text, which may be empty but is never absent. */
    public String text() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
