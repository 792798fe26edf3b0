package io.millrace.firehose.ledger;

/**
 * How much is delivered together.
 *
 * @param bytes of the records' data, as they were put
 */
public record Amount(long records, long bytes) {
    static final Amount NONE = new Amount(0, 0);
}
