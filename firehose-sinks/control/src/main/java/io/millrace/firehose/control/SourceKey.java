package io.millrace.firehose.control;

/**
 * With what a delivery job reads the streams that the node keeps for it. Nobody else can name them.
 *
 * @param id of an access key
 * @param secret of the access key
 */
public record SourceKey(String id, String secret) {
    /** Returns everything but the secret. */
    @Override
    public String toString() {
        return "SourceKey[id=" + id + "]";
    }
}
