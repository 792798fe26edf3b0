/**
 * Directories that one process at a time may use, and trees of files removed as a whole.
 *
 * <p>Start reading at {@link io.millrace.server.files.DirectoryLock}. Knows files only, and nothing of what they hold.
 */
@NullMarked
package io.millrace.server.files;

import org.jspecify.annotations.NullMarked;
