/**
 * The file operations on which the log's promises rest.
 *
 * <p>Start reading at {@link io.millrace.ingest.log.disk.Disk}.
 */
@NullMarked
package io.millrace.ingest.log.disk;

import org.jspecify.annotations.NullMarked;
