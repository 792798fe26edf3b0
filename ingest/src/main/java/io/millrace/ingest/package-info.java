/**
 * Kinesis Data Streams. {@link io.millrace.ingest.Ingest} puts the parts together: {@code api} on top of
 * {@code streams} on top of {@code log}.
 */
@NullMarked
package io.millrace.ingest;

import org.jspecify.annotations.NullMarked;
