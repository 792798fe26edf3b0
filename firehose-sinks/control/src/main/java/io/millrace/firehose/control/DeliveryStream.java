package io.millrace.firehose.control;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import software.amazon.awssdk.services.firehose.model.CreateDeliveryStreamRequest;

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

    /** Returns the request that created it, with the tags that it has now. */
    CreateDeliveryStreamRequest request() {
        try {
            return ShapeReader.read(
                    definition.getBytes(StandardCharsets.UTF_8),
                    BodyFormat.JSON_1_1,
                    CreateDeliveryStreamRequest::builder,
                    CreateDeliveryStreamRequest.class);
        } catch (MalformedBodyException e) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "delivery stream %s: its definition is damaged", name), e);
        }
    }

    DeliveryStream withRequest(CreateDeliveryStreamRequest request) {
        return new DeliveryStream(
                namespace, name, definitionOf(request), createdEpochMillis, status, directPut, buffer);
    }

    static String definitionOf(CreateDeliveryStreamRequest request) {
        return new String(ShapeWriter.write(request, BodyFormat.JSON_1_1), StandardCharsets.UTF_8);
    }

    DeliveryStream with(Status newStatus) {
        return new DeliveryStream(namespace, name, definition, createdEpochMillis, newStatus, directPut, buffer);
    }
}
