/**
 * The Flink connector for Kinesis streams: a source, a sink and their SQL tables under the identifier {@code kinesis}.
 *
 * <p>It speaks the public Kinesis API and nothing else, so that it reads and writes any node, and AWS. Start reading at
 * {@code source.KinesisSource}, {@code sink.KinesisSink} and {@code table.KinesisTableFactory}.
 */
@NullMarked
package io.millrace.analytics.connector;

import org.jspecify.annotations.NullMarked;
