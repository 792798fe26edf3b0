/**
 * The bodies that a busy node spends its time on: PutRecord, PutRecords, GetRecords and the events of SubscribeToShard,
 * read and written by hand in AWS JSON 1.1 and AWS CBOR.
 *
 * <p>Start reading at {@link io.millrace.ingest.codec.PutRecordsBody} for what comes in and at
 * {@link io.millrace.ingest.codec.RecordsOutput} for what goes out. A decoder knows the common, well-formed case only
 * and returns null for everything else; the caller then takes the generic way through
 * {@link io.millrace.protocol.shape.ShapeReader}, which has AWS's errors. So nothing here makes an error, and nothing
 * here accepts what the generic way refuses. This package knows shards and their numbers; it knows neither HTTP nor the
 * log.
 */
@NullMarked
package io.millrace.ingest.codec;

import org.jspecify.annotations.NullMarked;
