package io.millrace.firehose.control;

import java.util.regex.Pattern;

/** The names that S3 allows for general purpose buckets (S3 user guide, "Bucket naming rules"). */
final class BucketNames {
    private static final Pattern ALLOWED = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private BucketNames() {}

    static boolean isAllowed(String name) {
        return ALLOWED.matcher(name).matches()
                && !name.contains("..")
                && !ADDRESS.matcher(name).matches();
    }

    /** Returns the bucket of an ARN such as {@code arn:aws:s3:::name}. */
    static String ofArn(String arn) {
        return arn.substring(arn.lastIndexOf(':') + 1);
    }
}
