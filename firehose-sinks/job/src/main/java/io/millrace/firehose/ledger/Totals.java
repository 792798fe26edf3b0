package io.millrace.firehose.ledger;

import org.jspecify.annotations.Nullable;

/**
 * What has become of a delivery since it began, of which nothing is counted twice. Immutable.
 *
 * @param objects delivered to the object store
 * @param warehouse copied into the warehouse
 */
record Totals(Side objects, Side warehouse) {
    static final Totals NONE = new Totals(Side.NONE, Side.NONE);

    /**
     * One destination.
     *
     * @param deliveries that were made: batches, or copies of an object
     * @param failures attempts that failed; those of a process that was killed before it wrote them down are missing
     */
    record Side(long records, long bytes, long deliveries, long failures) {
        static final Side NONE = new Side(0, 0, 0, 0);

        Side delivered(@Nullable Amount amount) {
            Amount added = amount == null ? Amount.NONE : amount;
            return new Side(records + added.records(), bytes + added.bytes(), deliveries + 1, failures);
        }

        Side failed(long attempts) {
            return new Side(records, bytes, deliveries, failures + attempts);
        }
    }

    Totals committed(@Nullable Amount amount) {
        return new Totals(objects.delivered(amount), warehouse);
    }

    Totals copied(@Nullable Amount amount) {
        return new Totals(objects, warehouse.delivered(amount));
    }

    Totals failed(FailedAttempts.Counts counts) {
        return new Totals(objects.failed(counts.objects()), warehouse.failed(counts.copies()));
    }
}
