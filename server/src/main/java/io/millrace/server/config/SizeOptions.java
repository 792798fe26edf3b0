package io.millrace.server.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the memory of the node and the size of the embedded Flink cluster. */
final class SizeOptions {
    static final int LEAST_HEAP_MEBIBYTES = 128;
    private static final int LEAST_FLINK_HEAP_MEBIBYTES = 256;
    private static final int MOST_SLOTS = 1000;
    private static final int LEAST_INTERVAL_MILLIS = 100;
    private static final int MOST_INTERVAL_MILLIS = 600_000;
    private static final int MEBIBYTE = 1024 * 1024;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            description =
                    "Heap of the node, such as 512m or 2g (default: 512m). The launcher reads it, and from the file"
                            + " of --config a line 'heap: SIZE'.")
    private @Nullable String heap;

    @Option(
            names = "--flink-heap",
            paramLabel = "SIZE",
            description = "Heap of the embedded Flink cluster, such as 512m or 2g (default: 512m).")
    private @Nullable String flinkHeap;

    @Option(
            names = "--flink-slots",
            paramLabel = "COUNT",
            description = "Task slots of the embedded Flink cluster; a job takes as many as its parallelism"
                    + " (default: 32).")
    private @Nullable Integer flinkSlots;

    @Option(
            names = "--flink-checkpoint-interval",
            paramLabel = "MS",
            description = "Milliseconds between two checkpoints of a job, also on the cluster of --flink-url (default:"
                    + " 1000). After a failure a job reads again what came since the last.")
    private @Nullable Integer checkpointInterval;

    /**
     * Checks the options against each other.
     *
     * @param embedded whether the node starts a cluster of its own
     * @param heapBytes the heap that this process has
     */
    void check(boolean embedded, long heapBytes, List<String> problems) {
        checkHeap(heapBytes, problems);
        int flink = size("--flink-heap", flinkHeap, problems);
        if (flink > 0 && flink < LEAST_FLINK_HEAP_MEBIBYTES) {
            problems.add("--flink-heap: " + flinkHeap + " (expected: at least " + LEAST_FLINK_HEAP_MEBIBYTES + "m)");
        }
        if (flinkSlots != null && (flinkSlots < 1 || flinkSlots > MOST_SLOTS)) {
            problems.add("--flink-slots: " + flinkSlots + " (expected: 1 to " + MOST_SLOTS + ")");
        }
        if (checkpointInterval != null
                && (checkpointInterval < LEAST_INTERVAL_MILLIS || checkpointInterval > MOST_INTERVAL_MILLIS)) {
            problems.add("--flink-checkpoint-interval: " + checkpointInterval + " (expected: " + LEAST_INTERVAL_MILLIS
                    + " to " + MOST_INTERVAL_MILLIS + ")");
        }
        if (!embedded && flinkHeap != null) {
            problems.add("--flink-heap: is for the embedded cluster only");
        }
        if (!embedded && flinkSlots != null) {
            problems.add("--flink-slots: is for the embedded cluster only");
        }
    }

    /** The heap is fixed when the JVM starts, so all that can be done here is to tell that it is another one. */
    private void checkHeap(long heapBytes, List<String> problems) {
        int asked = size("--heap", heap, problems);
        if (asked > 0 && asked < LEAST_HEAP_MEBIBYTES) {
            problems.add("--heap: " + heap + " (expected: at least " + LEAST_HEAP_MEBIBYTES + "m)");
        } else if (asked > 0 && Math.abs(asked - heapBytes / MEBIBYTE) > 1) {
            problems.add("--heap: " + heap + ", and this JVM was started with " + heapBytes / MEBIBYTE
                    + "m; start it by ./millrace, or with -Xmx" + new MemorySize(asked));
        }
    }

    private static int size(String option, @Nullable String text, List<String> problems) {
        if (text == null) {
            return 0;
        }
        try {
            return MemorySize.parse(text).mebibytes();
        } catch (IllegalArgumentException e) {
            problems.add(option + ": " + e.getMessage());
            return 0;
        }
    }

    Duration checkpointInterval() {
        return checkpointInterval == null
                ? NodeConfig.DEFAULT_CHECKPOINT_INTERVAL
                : Duration.ofMillis(checkpointInterval);
    }

    NodeConfig.FlinkSize flink() {
        NodeConfig.FlinkSize usual = NodeConfig.FlinkSize.DEFAULT;
        return new NodeConfig.FlinkSize(
                flinkHeap == null ? usual.heap() : MemorySize.parse(flinkHeap),
                flinkSlots == null ? usual.slots() : flinkSlots);
    }
}
