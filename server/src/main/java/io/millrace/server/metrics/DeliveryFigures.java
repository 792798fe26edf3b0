package io.millrace.server.metrics;

import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Figures of deliveries, by destination. Freshness is that of the moment, however old the look is: a record that was
 * not delivered grows older. Thread-safe.
 */
public final class DeliveryFigures implements FigureSource {
    private static final double MILLIS_PER_SECOND = 1000;
    static final int MOST_DELIVERIES = 500;

    private final Supplier<List<Delivery>> deliveries;
    private final InstantSource clock;

    /**
     * A delivery as it was last seen.
     *
     * @param readMillis when what its job has written down was last read
     * @param waitingCopies objects that are to be copied into the warehouse
     * @param warehouse absent where it has none
     */
    public record Delivery(
            String name,
            String account,
            String region,
            long readMillis,
            int waitingCopies,
            Side objects,
            @Nullable Side warehouse) {}

    /**
     * One destination of a delivery.
     *
     * @param oldestMillis when the oldest record that is not delivered arrived; absent when all are
     * @param attempts to deliver, those that failed included
     */
    public record Side(@Nullable Long oldestMillis, long records, long bytes, long attempts, long failures) {}

    /** @param deliveries those last seen; must not wait */
    public DeliveryFigures(Supplier<List<Delivery>> deliveries, InstantSource clock) {
        this.deliveries = deliveries;
        this.clock = clock;
    }

    @Override
    public void addTo(Figures figures) {
        deliveries.get().stream().limit(MOST_DELIVERIES).forEach(delivery -> add(figures, delivery));
    }

    private void add(Figures figures, Delivery delivery) {
        String[] labels = {
            "delivery", delivery.name(), "account", delivery.account(), "region", delivery.region(),
        };
        figures.gauge(
                "millrace_delivery_last_read_timestamp_seconds",
                "When what the delivery has done was last read, in seconds since 1970.",
                delivery.readMillis() / MILLIS_PER_SECOND,
                labels);
        add(figures, delivery.objects(), of("s3", labels));
        Side warehouse = delivery.warehouse();
        if (warehouse != null) {
            add(figures, warehouse, of("warehouse", labels));
            figures.gauge(
                    "millrace_delivery_waiting_copies",
                    "Objects that are to be copied into the warehouse.",
                    delivery.waitingCopies(),
                    labels);
        }
    }

    private static String[] of(String destination, String... labels) {
        String[] all = new String[labels.length + 2];
        System.arraycopy(labels, 0, all, 0, labels.length);
        all[labels.length] = "destination";
        all[labels.length + 1] = destination;
        return all;
    }

    private void add(Figures figures, Side side, String... labels) {
        Long oldest = side.oldestMillis();
        figures.gauge(
                "millrace_delivery_freshness_seconds",
                "The age of the oldest record that is not delivered; 0 when all are.",
                oldest == null ? 0 : Math.max(0, clock.millis() - oldest) / MILLIS_PER_SECOND,
                labels);
        figures.counter("millrace_delivery_records_total", "Records that were delivered.", side.records(), labels);
        figures.counter(
                "millrace_delivery_bytes_total",
                "Data of the records that were delivered, as they were put.",
                side.bytes(),
                labels);
        figures.counter(
                "millrace_delivery_attempts_total",
                "Attempts to deliver: objects, or copies of an object into the warehouse.",
                side.attempts(),
                labels);
        figures.counter("millrace_delivery_failures_total", "Attempts that failed.", side.failures(), labels);
    }
}
