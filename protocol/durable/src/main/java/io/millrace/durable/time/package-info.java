/**
 * Times that a wall clock which is set wrong does no harm by: when data expires, and when it arrived.
 *
 * <p>Start reading at {@link io.millrace.durable.time.ExpiryClock}. Knows clocks and one small file.
 */
@NullMarked
package io.millrace.durable.time;

import org.jspecify.annotations.NullMarked;
