/**
 * The embedded Flink cluster as seen from the node: a process that is started, watched and stopped.
 *
 * <p>Start reading at {@link io.millrace.server.flink.FlinkProcess}. This package knows processes and command lines. It
 * imports no Flink class and does not talk to the cluster; that is done over REST, as with any cluster.
 */
@NullMarked
package io.millrace.server.flink;

import org.jspecify.annotations.NullMarked;
