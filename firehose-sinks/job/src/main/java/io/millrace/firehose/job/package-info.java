/**
 * The Flink job of a delivery stream. Start reading at {@link io.millrace.firehose.job.DeliveryJob}; the contract that
 * it keeps is in the packages beside this one.
 */
@NullMarked
package io.millrace.firehose.job;

import org.jspecify.annotations.NullMarked;
