/**
 * Objects: an S3 inside this process for machines that have none, and the client that the node uses towards any S3.
 *
 * <p>Start reading at {@link io.millrace.server.storage.EmbeddedS3}. This package knows buckets, keys and bytes. It
 * does not know streams, delivery or SQL. Failures are {@link java.io.IOException}s whose message can be shown to a
 * user.
 */
@NullMarked
package io.millrace.server.storage;

import org.jspecify.annotations.NullMarked;
