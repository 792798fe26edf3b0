package io.millrace.durable.memory;

import java.util.EnumMap;
import java.util.Map;

/**
 * What each part of a node may hold of the heap.
 *
 * <p>The shares together leave a fifth of the heap to everything that is not counted: code, connections, timers, and
 * garbage that has not been collected yet. No part takes a fraction of the heap of its own accord.
 *
 * @param heapBytes the largest size of the heap
 */
public record MemoryPlan(long heapBytes) {

    /** A use of the heap that is counted and bounded. */
    public enum Share {
        /** Bodies of requests that are read with a budget. */
        REQUEST_BODIES("request-bodies", 17),
        /** Bodies that are read without a budget, and have not come whole. */
        UNFINISHED_BODIES("unfinished-bodies", 5),
        /** Appends under way, and records that are in no shard file yet. */
        LOG_APPENDS("log-appends", 19),
        /** Answers of GetRecords, until the sockets have taken them. */
        ANSWERS("answers", 12),
        /** Events of subscriptions, until the sockets have taken them. */
        EVENTS("events", 6),
        /** Descriptions of shards. */
        SHARDS("shards", 8),
        /** Fragments on their way in. */
        ARRIVING_MEDIA("arriving-media", 9),
        /** Fragments of streams that keep nothing on disk. */
        KEPT_MEDIA("kept-media", 4);

        private final String label;
        private final int percent;

        Share(String label, int percent) {
            this.label = label;
            this.percent = percent;
        }

        /** Returns the name that metrics and messages use. */
        public String label() {
            return label;
        }

        /** Returns the part of the heap, in hundredths. */
        public int percent() {
            return percent;
        }
    }

    /** Returns the plan for the heap that this process was given. */
    public static MemoryPlan ofThisProcess() {
        return new MemoryPlan(Runtime.getRuntime().maxMemory());
    }

    public long bytes(Share share) {
        return heapBytes / 100 * share.percent;
    }

    /** Returns every share in bytes. */
    public Map<Share, Long> bytes() {
        Map<Share, Long> bytes = new EnumMap<>(Share.class);
        for (Share share : Share.values()) {
            bytes.put(share, bytes(share));
        }
        return bytes;
    }

    /** Returns the plan in one line, in MiB. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        bytes().forEach((share, bytes) -> text.append(text.isEmpty() ? "" : ", ")
                .append(share.label.replace('-', ' '))
                .append(' ')
                .append(bytes >> 20));
        return text.append(" MiB of ").append(heapBytes >> 20).toString();
    }
}
