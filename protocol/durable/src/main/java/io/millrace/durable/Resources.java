package io.millrace.durable;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.memory.MemoryPlan;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the parts of a node have in common, each with its own share.
 *
 * @param disk of all that is written below the node's directory
 */
public record Resources(DiskGuard disk, MemoryPlan memory) {

    /** Returns the resources of this process, with the disk that a directory is on, which is created when missing. */
    public static Resources of(Path directory) throws IOException {
        return new Resources(DiskGuard.of(directory), MemoryPlan.ofThisProcess());
    }
}
