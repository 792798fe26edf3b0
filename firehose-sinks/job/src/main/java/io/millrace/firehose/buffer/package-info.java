/**
 * Where records wait until they are delivered: in a file, so that no number and size of records fills the heap. Start
 * reading at {@link io.millrace.firehose.buffer.SpillBuffer}. Plain Java, no Flink.
 */
@NullMarked
package io.millrace.firehose.buffer;

import org.jspecify.annotations.NullMarked;
