/**
 * Times that a wall clock which is set wrong does no harm by: when data expires, and when it arrived.
 *
 * <p>Start reading at {@link io.millrace.protocol.time.ExpiryClock}. Knows clocks and one small file.
 */
@NullMarked
package io.millrace.protocol.time;

import org.jspecify.annotations.NullMarked;
