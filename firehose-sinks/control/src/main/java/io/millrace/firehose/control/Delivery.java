package io.millrace.firehose.control;

import io.millrace.protocol.arn.Namespace;

/**
 * A delivery that is wanted, for those who look at how it does.
 *
 * @param buffer the node's own stream that it reads; empty if it reads that of {@code streamArn}
 * @param fromEpochMillis records that arrived earlier are left out
 * @param ledger where its job writes down how far it has come: a prefix in the bucket
 * @param loads whether it goes into a warehouse, too
 */
public record Delivery(
        Namespace namespace,
        String name,
        String buffer,
        String streamArn,
        long fromEpochMillis,
        String bucket,
        String ledger,
        boolean loads) {}
