/**
 * How the heap of a node is shared out.
 *
 * <p>Start reading at {@link io.millrace.durable.memory.MemoryPlan}.
 */
@NullMarked
package io.millrace.durable.memory;

import org.jspecify.annotations.NullMarked;
