/** Copies staged objects into a warehouse table, each exactly once. Plain Java, no Flink. */
@NullMarked
package io.millrace.firehose.warehouse;

import org.jspecify.annotations.NullMarked;
