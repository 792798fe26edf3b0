package io.millrace.analytics.connector.failure;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/** What the failure of a call means for those who would call again. */
public enum CallFailure {
    /** Throughput, time-outs, faults of the service, a broken connection: the same call may succeed later. */
    PASSING,

    /** The service refuses something in the request; another request may be accepted. */
    REQUEST,

    /** The stream is not there. */
    STREAM_NOT_FOUND,

    /** Neither this call nor another on the stream can succeed: no access, no credentials, no key. */
    FINAL;

    /** Client errors that pass: temporary credentials are renewed, and clocks are set. */
    private static final Set<String> PASSING_CODES = Set.of(
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "LimitExceededException",
            "ResourceInUseException",
            "TooManyRequestsException");

    private static final Set<String> REQUEST_CODES = Set.of(
            "InvalidArgumentException",
            "ValidationException",
            "ValidationError",
            "SerializationException",
            "RequestEntityTooLarge",
            "RequestEntityTooLargeException");

    private static final int CLIENT_TIMEOUT = 408;
    private static final int TOO_LARGE = 413;
    private static final int SERVER_ERRORS = 500;

    /** Classifies the failure of a whole call. */
    public static CallFailure of(SdkException failure) {
        if (failure instanceof SdkServiceException service) {
            return ofService(service);
        }
        return failure instanceof SdkClientException && lacksCredentials(failure) ? FINAL : PASSING;
    }

    private static CallFailure ofService(SdkServiceException failure) {
        int status = failure.statusCode();
        String code = codeOf(failure);
        if (failure.isThrottlingException() || status >= SERVER_ERRORS || status == CLIENT_TIMEOUT || passes(code)) {
            return PASSING;
        }
        if (code.equals("ResourceNotFoundException")) {
            return STREAM_NOT_FOUND;
        }
        return REQUEST_CODES.contains(code) || status == TOO_LARGE ? REQUEST : FINAL;
    }

    private static String codeOf(SdkServiceException failure) {
        AwsErrorDetails details = failure instanceof AwsServiceException service ? service.awsErrorDetails() : null;
        String code = details == null ? null : details.errorCode();
        return code == null ? failure.getClass().getSimpleName() : code;
    }

    /** Classifies the error code of one entry in the answer of PutRecords. */
    public static boolean passes(String entryCode) {
        String code = entryCode.toLowerCase(Locale.ROOT);
        return PASSING_CODES.contains(entryCode)
                || code.contains("throughputexceeded")
                || code.contains("throttl")
                || code.contains("internal")
                || code.contains("unavailable")
                || code.contains("timeout")
                || code.contains("timedout");
    }

    /** The SDK has no class of its own for this; its chain of providers says so in its text. */
    private static boolean lacksCredentials(SdkException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.startsWith("Unable to load credentials") || message.startsWith("Profile file contained no");
    }

    /** Returns the service's own words, without the request id and status that the SDK adds. */
    public static String wordsOf(SdkException failure) {
        @Nullable
        AwsErrorDetails details = failure instanceof AwsServiceException service ? service.awsErrorDetails() : null;
        String words = details == null ? null : details.errorMessage();
        return words == null || words.isEmpty()
                ? String.valueOf(failure.getMessage())
                : (details == null ? "" : details.errorCode() + ": ") + words;
    }
}
