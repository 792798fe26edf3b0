package io.millrace.firehose.control;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far a delivery has come, as its job wrote it down.
 *
 * @param source which stream the positions belong to: its ARN and when it was made, in epoch milliseconds
 * @param waitingCopies objects that are to be copied into the warehouse
 */
public record DeliveryProgress(String source, Side objects, Side warehouse, int waitingCopies) {

    /**
     * One destination.
     *
     * @param positions of each shard the last record that is surely delivered; shards without one are missing
     * @param attempts to deliver a batch or to copy an object
     * @param failures how many of them failed
     */
    public record Side(Map<String, String> positions, long records, long bytes, long attempts, long failures) {
        public Side {
            positions = Map.copyOf(positions);
        }
    }

    /** Returns the progress of a job that has written nothing. */
    public static DeliveryProgress none() {
        Side none = new Side(Map.of(), 0, 0, 0, 0);
        return new DeliveryProgress("", none, none, 0);
    }

    /**
     * Reads the document of a job.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static DeliveryProgress parse(byte[] document) {
        try {
            JsonNode ledger = JsonMapper.shared().readTree(document);
            Map<String, String> positions = new HashMap<>();
            ledger.path("positions")
                    .properties()
                    .forEach(shard ->
                            positions.put(shard.getKey(), shard.getValue().asString()));
            backTo(positions, ledger.path("commit").path("ranges")); // it may not be visible yet
            Map<String, String> copied = new HashMap<>(positions);
            JsonNode copies = ledger.path("copies");
            for (int i = copies.size() - 1; i >= 0; i--) { // the oldest last, which is the farthest back
                backTo(copied, copies.get(i).path("ranges"));
            }
            JsonNode totals = ledger.path("totals");
            return new DeliveryProgress(
                    ledger.path("source").asString(""),
                    side(positions, totals.path("objects")),
                    side(copied, totals.path("warehouse")),
                    copies.size());
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the ledger of a delivery cannot be read", e);
        }
    }

    private static void backTo(Map<String, String> positions, JsonNode ranges) {
        for (JsonNode range : ranges) {
            String shard = range.path("shardId").asString();
            String after = range.path("after").asString("");
            if (after.isEmpty()) {
                positions.remove(shard);
            } else {
                positions.put(shard, after);
            }
        }
    }

    private static Side side(Map<String, String> positions, JsonNode totals) {
        long failures = totals.path("failures").asLong(0);
        return new Side(
                positions,
                totals.path("records").asLong(0),
                totals.path("bytes").asLong(0),
                totals.path("deliveries").asLong(0) + failures,
                failures);
    }
}
