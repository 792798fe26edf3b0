package io.millrace.firehose.control;

import io.millrace.protocol.arn.Namespace;

/**
 * What the node knows of a delivery stream. Immutable.
 *
 * @param definition the request that created it, as JSON
 * @param directPut whether records come by PutRecord; otherwise from a stream
 * @param buffer the name of the stream that holds what was put directly; empty for other sources
 */
record DeliveryStream(
        Namespace namespace,
        String name,
        String definition,
        long createdEpochMillis,
        Status status,
        boolean directPut,
        String buffer) {

    /** The states of a delivery stream that last (Firehose API reference, DeliveryStreamDescription). */
    enum Status {
        CREATING,
        ACTIVE,
        DELETING
    }

    String arn() {
        return namespace.arn("firehose", "deliverystream/" + name);
    }

    DeliveryStream with(Status newStatus) {
        return new DeliveryStream(namespace, name, definition, createdEpochMillis, newStatus, directPut, buffer);
    }
}
