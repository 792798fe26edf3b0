/**
 * The file operations on which the log's promises rest.
 *
 * <p>Start reading at {@link io.millrace.durable.disk.Disk}.
 */
@NullMarked
package io.millrace.durable.disk;

import org.jspecify.annotations.NullMarked;
