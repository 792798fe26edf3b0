package io.millrace.server.node;

import io.millrace.firehose.control.Delivery;
import io.millrace.firehose.control.DeliveryProgress;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.ServiceException;
import io.millrace.server.metrics.DeliveryFigures;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks how the deliveries do, without asking Flink: a job writes down in the bucket how far it has come, and which
 * records are behind that place the node's own log says. So the figures are true while no job runs. While the object
 * store does not answer, a delivery is taken to be where it was. Confined to one thread.
 */
final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

    private final Supplier<List<Delivery>> wanted;
    private final Ledgers ledgers;
    private final Undelivered undelivered;
    private final Streams streams;
    private final InstantSource clock;
    private Map<Delivery, Read> read = new HashMap<>();

    /** Reads what jobs write down. */
    @FunctionalInterface
    interface Ledgers {
        /** Returns the newest document below a prefix; nothing if there is none. */
        byte @Nullable [] newest(String bucket, String prefix) throws IOException;
    }

    private record Read(DeliveryProgress progress, long millis) {}

    Deliveries(
            Supplier<List<Delivery>> wanted,
            Ledgers ledgers,
            Streams streams,
            RecordStore records,
            InstantSource clock) {
        this.wanted = wanted;
        this.ledgers = ledgers;
        this.undelivered = new Undelivered(records);
        this.streams = streams;
        this.clock = clock;
    }

    /** Returns the deliveries of which something is known. May wait for the object store and the disk. */
    List<DeliveryFigures.Delivery> look() {
        Map<Delivery, Read> now = new HashMap<>();
        List<DeliveryFigures.Delivery> seen = new ArrayList<>();
        for (Delivery delivery : wanted.get()) {
            Read progress = read(delivery);
            if (progress != null) {
                now.put(delivery, progress);
                DeliveryFigures.Delivery figures = figures(delivery, progress);
                if (figures != null) {
                    seen.add(figures);
                }
            }
        }
        read = now;
        return seen;
    }

    private @Nullable Read read(Delivery delivery) {
        try {
            byte[] document = ledgers.newest(delivery.bucket(), delivery.ledger());
            return new Read(
                    document == null ? DeliveryProgress.none() : DeliveryProgress.parse(document), clock.millis());
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("delivery {}: it is taken to be where it was", delivery.name(), e);
            return read.get(delivery);
        }
    }

    private DeliveryFigures.@Nullable Delivery figures(Delivery delivery, Read read) {
        Stream stream = StreamBuffers.keyOf(delivery).flatMap(streams::find).orElse(null);
        try {
            DeliveryProgress progress = read.progress();
            return new DeliveryFigures.Delivery(
                    delivery.name(),
                    delivery.namespace().account(),
                    delivery.namespace().region(),
                    read.millis(),
                    progress.waitingCopies(),
                    side(delivery, stream, progress, progress.objects()),
                    delivery.loads() ? side(delivery, stream, progress, progress.warehouse()) : null);
        } catch (IOException | ServiceException e) {
            LOG.debug("delivery {}: its stream cannot be read", delivery.name(), e);
            return null;
        }
    }

    private DeliveryFigures.Side side(
            Delivery delivery, @Nullable Stream stream, DeliveryProgress progress, DeliveryProgress.Side side)
            throws IOException {
        Long oldest = null;
        if (stream != null) {
            boolean same = progress.source().equals(stream.arn() + " " + stream.createdEpochMillis());
            oldest = undelivered.oldest(stream, same ? side.positions() : Map.of(), delivery.fromEpochMillis());
        }
        return new DeliveryFigures.Side(oldest, side.records(), side.bytes(), side.attempts(), side.failures());
    }
}
