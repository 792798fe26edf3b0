/**
 * Fault experiments on the embedded shard log: kills, power cuts, failing, full and slow disks, clock jumps and damage.
 *
 * <p>Start reading at {@link io.millrace.ingest.log.faults.Checker}, which holds what must be true after every one of them.
 * A {@link io.millrace.ingest.log.faults.Load} appends and tells a {@link io.millrace.ingest.log.faults.Journal} what it
 * sent and what was acknowledged; a {@link io.millrace.ingest.log.faults.Reading} tells it what the log shows.
 *
 * <p>Each test is short by default and long under the system property {@code faults=long} ({@code ingest/faults} runs
 * those). This package knows the port of the log and how to open it, and nothing of its files.
 */
@NullMarked
package io.millrace.ingest.log.faults;

import org.jspecify.annotations.NullMarked;
