package io.millrace.firehose.delivery;

/**
 * A record on its way to an object, or the word that reading a shard begins.
 *
 * @param sequenceNumber the record's position, see {@link Positions}
 * @param arrivalEpochMillis when the stream took it in
 */
public record DeliveryRecord(String shardId, String sequenceNumber, long arrivalEpochMillis, byte[] data) {
    private static final long START = Long.MIN_VALUE;
    private static final byte[] NO_DATA = {};

    /**
     * Returns the word that reading a shard begins. It comes before every record of the shard that is read from there.
     *
     * @param after the position in the ledger behind which reading begins; {@link Positions#NONE} when the ledger has
     *     none
     */
    public static DeliveryRecord start(String shardId, String after) {
        return new DeliveryRecord(shardId, after, START, NO_DATA);
    }

    public boolean isStart() {
        return arrivalEpochMillis == START;
    }
}
