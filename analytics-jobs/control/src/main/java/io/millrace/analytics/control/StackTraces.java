package io.millrace.analytics.control;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Flink's REST APIs tell in the stack traces of their error bodies, and nowhere else. */
final class StackTraces {
    private static final Pattern CAUSE = Pattern.compile("^Caused by: (.*)$", Pattern.MULTILINE);
    private static final Pattern DUPLICATE = Pattern.compile("Duplicate(Application|Job)SubmissionException");

    /** A job that was handed over may run although the handing over failed. */
    private static final Pattern HANDED_OVER = Pattern.compile(
            "JobSubmissionException|TimeoutException|RestClientException|ConnectionException|ConnectException");

    private static final Pattern NO_SESSION = Pattern.compile(
            "Session '[^']*' does not exist|operation handle [^ ]* does not exist|Can not find the submitted operation");

    private static final int MAX_CHARS = 500;

    private StackTraces() {}

    /** Tells whether a submission was refused because the cluster has had a job of the same id. */
    static boolean isDuplicate(String trace) {
        return DUPLICATE.matcher(trace).find();
    }

    /** Tells whether a statement failed before anything was handed to the cluster: its author has to change it. */
    static boolean isRefusal(String trace) {
        return !isDuplicate(trace)
                && !HANDED_OVER.matcher(trace).find()
                && !NO_SESSION.matcher(trace).find();
    }

    /** Returns the first line of the innermost cause, or of the trace when it has none. */
    static String lastCause(String trace) {
        String last = trace.strip().lines().findFirst().orElse("");
        Matcher matcher = CAUSE.matcher(trace);
        while (matcher.find()) {
            last = matcher.group(1);
        }
        String line = last.strip();
        return line.length() > MAX_CHARS ? line.substring(0, MAX_CHARS) + "…" : line;
    }
}
