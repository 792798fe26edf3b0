/**
 * The operations of Amazon Data Firehose and what a node remembers of its delivery streams.
 *
 * <p>Start reading at {@link io.millrace.firehose.control.Firehose}. Streams and jobs belong to others: this package
 * says what it needs of them in {@link io.millrace.firehose.control.RecordBuffers} and {@link
 * io.millrace.firehose.control.DeliveryJobs}, and the server plugs them in.
 */
@NullMarked
package io.millrace.firehose.control;

import org.jspecify.annotations.NullMarked;
