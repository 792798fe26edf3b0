package io.millrace.firehose.control;

import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.util.Locale;

/** The errors of Firehose in AWS's words. */
final class FirehoseErrors {
    private FirehoseErrors() {}

    static ServiceException notFound(String name, Namespace namespace) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                String.format(Locale.ROOT, "Firehose %s under account %s not found.", name, namespace.account()));
    }

    static ServiceException exists(String name, Namespace namespace) {
        return ServiceException.refused(
                "ResourceInUseException",
                String.format(Locale.ROOT, "Firehose %s under accountId %s already exists", name, namespace.account()));
    }

    static ServiceException creating(String name, Namespace namespace) {
        return ServiceException.refused(
                "ResourceInUseException",
                String.format(
                        Locale.ROOT, "Firehose %s under account %s is being created.", name, namespace.account()));
    }

    static ServiceException invalidArgument(String message) {
        return ServiceException.refused("InvalidArgumentException", message);
    }

    static ServiceException putNotAllowed() {
        return ServiceException.refused(
                "InvalidSourceException",
                "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
    }

    static ServiceException unavailable(String member) {
        return invalidArgument(member + " is not available.");
    }

    static ServiceException tooManyTags(String name, Namespace namespace, int most) {
        return ServiceException.refused(
                "LimitExceededException",
                "Firehose " + name + " under account " + namespace.account() + " cannot have more than " + most
                        + " tags.");
    }

    static ServiceException limitExceeded(Namespace namespace) {
        return ServiceException.refused(
                "LimitExceededException",
                String.format(
                        Locale.ROOT,
                        "You have already reached your limit of delivery streams under account %s.",
                        namespace.account()));
    }
}
