/**
 * The embedded Flink cluster: a process of its own that the node starts and stops. It is reached over REST, exactly as
 * an external cluster is, and knows nothing of the node.
 */
@NullMarked
package io.millrace.analytics.runtime;

import org.jspecify.annotations.NullMarked;
