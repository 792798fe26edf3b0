/**
 * What is measured, on this machine: a node or another broker as a child process, the bare disk, and what they cost.
 *
 * <p>Start reading at {@link io.millrace.server.bench.host.Workspace}, which ends every process and removes every file.
 * Knows processes and files; nothing of loads or reports.
 */
@NullMarked
package io.millrace.server.bench.host;

import org.jspecify.annotations.NullMarked;
