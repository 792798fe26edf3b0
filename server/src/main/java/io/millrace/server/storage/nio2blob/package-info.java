/**
 * The blob store that the embedded S3 gives to S3Proxy.
 *
 * <p>S3Proxy learns from the name of a store's package what the store can do: {@code nio2blob} stands for a file
 * system, with conditional writes and multipart uploads in files. In any other package conditional writes are refused
 * with 501.
 */
@NullMarked
package io.millrace.server.storage.nio2blob;

import org.jspecify.annotations.NullMarked;
