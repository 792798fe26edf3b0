/**
 * How records become the bytes of an object: joined as they are and compressed, or converted from JSON to Parquet.
 * Plain Java, no Flink.
 */
@NullMarked
package io.millrace.firehose.format;

import org.jspecify.annotations.NullMarked;
