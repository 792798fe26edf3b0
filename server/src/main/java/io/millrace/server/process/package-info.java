/**
 * Child processes of the node: started, watched, started again when they end, and stopped.
 *
 * <p>Start reading at {@link io.millrace.server.process.SupervisedProcess}. This package knows processes and exit
 * codes. It knows neither Flink nor PostgreSQL nor the node.
 */
@NullMarked
package io.millrace.server.process;

import org.jspecify.annotations.NullMarked;
