package io.millrace.server.storage;

import org.jspecify.annotations.Nullable;

/**
 * One entry of a bucket's listing.
 *
 * @param bytes the length of its content
 * @param etag changes with the content, in the quotes that S3 puts around it; absent for a file that was laid into the
 *     embedded store's folder by hand
 */
public record StoredObject(String key, long bytes, @Nullable String etag) {}
