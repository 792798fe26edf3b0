/**
 * Which records of a delivery are delivered: positions in the source, kept beside the objects. Start reading at
 * {@link io.millrace.firehose.ledger.Ledger}. Plain Java, no Flink.
 */
@NullMarked
package io.millrace.firehose.ledger;

import org.jspecify.annotations.NullMarked;
