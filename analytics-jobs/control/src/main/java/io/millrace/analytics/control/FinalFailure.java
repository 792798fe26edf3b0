package io.millrace.analytics.control;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in a stack trace the failure by which the connector ends a job for good. Only its class name is known here: the
 * connector runs in the cluster.
 */
final class FinalFailure {
    private static final Pattern CAUSE = Pattern.compile(
            "^(?:Caused by: )?(?:io\\.millrace\\.analytics\\.connector\\.failure\\.FinalFailureException): (.*)$",
            Pattern.MULTILINE);

    private FinalFailure() {}

    static Optional<String> reasonIn(String stackTrace) {
        Matcher matcher = CAUSE.matcher(stackTrace);
        return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    }
}
