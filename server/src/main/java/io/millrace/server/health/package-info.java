/**
 * What is known of the node's parts: observed in the background, answered from memory.
 *
 * <p>Start reading at {@link io.millrace.server.health.Health}. This package asks the parts through {@link
 * io.millrace.server.health.Probe} and knows none of them.
 */
@NullMarked
package io.millrace.server.health;

import org.jspecify.annotations.NullMarked;
