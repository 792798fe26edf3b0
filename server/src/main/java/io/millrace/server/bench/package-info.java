/**
 * {@code millrace bench}: how fast a node is, beside what else there is, on the same machine and in the same run.
 *
 * <p>Start reading at {@link io.millrace.server.bench.PutBench}; each of the others answers another question. Numbers
 * come from {@link io.millrace.server.bench.client} and what is measured from {@link io.millrace.server.bench.host};
 * here they are put side by side.
 */
@NullMarked
package io.millrace.server.bench;

import org.jspecify.annotations.NullMarked;
