/** How the threads of a node are made. */
@NullMarked
package io.millrace.durable.threads;

import org.jspecify.annotations.NullMarked;
