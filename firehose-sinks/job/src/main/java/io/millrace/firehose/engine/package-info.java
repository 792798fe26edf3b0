/**
 * The way of records from the source to visible objects and rows. Start reading at
 * {@link io.millrace.firehose.engine.DeliveryEngine}. Plain Java, no Flink: it is tested without a cluster.
 */
@NullMarked
package io.millrace.firehose.engine;

import org.jspecify.annotations.NullMarked;
