/**
 * The ground floor of a node: what must last, and what must fit.
 *
 * <p>{@code disk} has files that survive a power cut, {@code documents} small descriptions, {@code commit} the writer
 * of logs, {@code memory} the shares of the heap, {@code time} the clocks that a wrong wall clock does no harm. Knows
 * neither streams nor the network.
 */
@NullMarked
package io.millrace.durable;

import org.jspecify.annotations.NullMarked;
