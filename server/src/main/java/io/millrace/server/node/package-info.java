/**
 * A running node: what it consists of, in which order that starts and stops, and what it says of its health.
 *
 * <p>Start reading at {@link io.millrace.server.node.Node}.
 */
@NullMarked
package io.millrace.server.node;

import org.jspecify.annotations.NullMarked;
