package io.millrace.video.streams;

import io.millrace.protocol.api.ServiceException;
import java.util.Locale;

/** The errors of Kinesis Video Streams, with the status codes of its service model. */
public final class VideoErrors {
    private VideoErrors() {}

    public static ServiceException streamNotFound(StreamKey stream) {
        return new ServiceException(
                "ResourceNotFoundException",
                404,
                String.format(
                        Locale.ROOT,
                        "The requested stream is not found or not active. StreamName: %s, account: %s",
                        stream.name(),
                        stream.namespace().account()));
    }

    public static ServiceException streamExists(StreamKey stream) {
        return ServiceException.refused(
                "ResourceInUseException",
                String.format(
                        Locale.ROOT,
                        "The stream %s already exists in account %s.",
                        stream.name(),
                        stream.namespace().account()));
    }

    public static ServiceException versionMismatch(String given, String current) {
        return ServiceException.refused(
                "VersionMismatchException",
                String.format(
                        Locale.ROOT, "The stream version %s is not the current one (expected: %s).", given, current));
    }

    public static ServiceException invalidArgument(String message) {
        return ServiceException.refused("InvalidArgumentException", message);
    }

    /** A caller speaks of a stream of another account. */
    public static ServiceException accessDenied(String message) {
        return new ServiceException("AccessDeniedException", 403, message);
    }

    public static ServiceException connectionLimit(String stream) {
        return ServiceException.refused(
                "ConnectionLimitExceededException",
                String.format(Locale.ROOT, "Another PutMedia call is sending to stream %s.", stream));
    }
}
