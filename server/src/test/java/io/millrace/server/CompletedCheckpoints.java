package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.control.ClusterAccess;
import io.millrace.analytics.control.FlinkCluster;
import io.millrace.server.flink.FlinkDoor;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The newest checkpoints that Flink has called completed, and the check that each, or a newer one of its job, is whole
 * after a power cut. For one thread.
 */
final class CompletedCheckpoints {
    private static final int MAGIC = 0x4960672d;

    private final List<Path> completed = new ArrayList<>();

    /** Asks the cluster of a node. Returns of how many jobs there is one. */
    int look(NodeProcess node) throws IOException {
        FlinkDoor door = FlinkDoor.read(FlinkDoor.file(node.directory().resolve("flink")));
        FlinkCluster cluster = new FlinkCluster(
                () -> new ClusterAccess(door.restUrl(), ClusterAccess.Credential.bearer(door.secret())));
        completed.clear();
        for (String job : cluster.jobStatuses().keySet()) {
            cluster.latestCheckpoint(job)
                    .ifPresent(path -> completed.add(Path.of(URI.create(path).getPath())));
        }
        return completed.size();
    }

    /** Looks at the disk, while no node uses it. */
    void check() throws IOException {
        for (Path newest : completed) {
            assertThat(wholeSince(newest))
                    .as("completed before the power cut, and not whole after it: " + newest)
                    .isNotEmpty();
        }
        completed.clear();
    }

    /** Returns the whole checkpoints of a job from this one on. */
    private static List<Path> wholeSince(Path oldest) throws IOException {
        List<Path> whole = new ArrayList<>();
        try (Stream<Path> folders = Files.list(oldest.getParent())) {
            for (Path folder :
                    folders.filter(folder -> nameOf(folder).startsWith("chk-")).toList()) {
                if (numberOf(folder) >= numberOf(oldest) && isWhole(folder)) {
                    whole.add(folder);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        return whole;
    }

    private static String nameOf(Path folder) {
        return String.valueOf(folder.getFileName());
    }

    private static long numberOf(Path folder) {
        return Long.parseLong(nameOf(folder).substring("chk-".length()));
    }

    private static boolean isWhole(Path folder) throws IOException {
        Path metadata = folder.resolve("_metadata");
        if (!Files.exists(metadata) || Files.size(metadata) < Integer.BYTES) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (Files.size(file) == 0 && !nameOf(file).startsWith(".")) {
                    return false;
                }
            }
        }
        return ByteBuffer.wrap(Files.readAllBytes(metadata)).getInt() == MAGIC;
    }
}
