package io.millrace.analytics.control;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the newest checkpoint of a job that is no longer there to be asked.
 *
 * <p>A checkpoint is complete when its folder {@code chk-N} holds {@code _metadata}, which Flink writes last and
 * renames into place. On a local disk the folders are looked at, since the cluster may have died after a checkpoint
 * that nobody heard of; elsewhere the last one heard of has to do.
 *
 * <p>The embedded cluster syncs its checkpoints, but one of an earlier version did not: a power loss could leave
 * {@code _metadata} empty or full of zeros. Such a checkpoint is passed over for the one before it. When none is whole,
 * the job is not started, since it would begin from nothing.
 */
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
    private static final String FOLDER_PREFIX = "chk-";
    private static final String METADATA = "_metadata";

    /** Flink begins the file with it, big-endian. */
    static final int MAGIC = 0x4960672d;

    private final @Nullable Path localRoot;

    /**
     * @param localRoot where the cluster keeps checkpoints, one folder a job id; absent when that is not on this
     *     machine
     */
    Checkpoints(@Nullable Path localRoot) {
        this.localRoot = localRoot;
    }

    /**
     * Returns what the next submission of a job has to begin from.
     *
     * @throws IOException if the job has checkpoints and all of them are damaged
     */
    Optional<String> newest(JobRecord job) throws IOException {
        Optional<Path> local = localRoot == null ? Optional.empty() : newestIn(localRoot.resolve(job.jobId()));
        if (local.isPresent()) {
            return Optional.of(local.get().toUri().toString());
        }
        return Stream.of(Optional.ofNullable(job.checkpointPath()), Optional.ofNullable(job.restorePath()))
                .flatMap(Optional::stream)
                .filter(this::mayExist)
                .findFirst();
    }

    private boolean mayExist(String path) {
        return localRoot == null
                || !path.startsWith("file:")
                || Files.exists(Path.of(URI.create(path)).resolve(METADATA));
    }

    /**
     * Tells whether a checkpoint that the cluster reports has to be remembered, since its folder cannot be looked at.
     */
    boolean isElsewhere(String path) {
        return localRoot == null || !path.startsWith("file:");
    }

    /** Tells whether the cluster runs on another machine, so that only what it reports is known. */
    boolean areRemote() {
        return localRoot == null;
    }

    private static Optional<Path> newestIn(Path folder) throws IOException {
        List<Path> newestFirst = complete(folder).stream()
                .sorted(Comparator.comparingLong(Checkpoints::numberOf).reversed())
                .toList();
        for (Path checkpoint : newestFirst) {
            if (isWhole(checkpoint)) {
                return Optional.of(checkpoint);
            }
            LOG.warn("{}: the checkpoint is damaged and is passed over for an older one", checkpoint);
        }
        if (!newestFirst.isEmpty()) {
            throw new IOException(
                    folder + ": all checkpoints are damaged; put one of a copy back, or remove this folder"
                            + " and the job begins anew");
        }
        return Optional.empty();
    }

    private static boolean isWhole(Path checkpoint) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(checkpoint.resolve(METADATA)))) {
            return in.readInt() == MAGIC;
        } catch (EOFException e) {
            return false;
        }
    }

    private static List<Path> complete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(path -> String.valueOf(path.getFileName()).matches(FOLDER_PREFIX + "[0-9]{1,18}"))
                    .filter(path -> Files.exists(path.resolve(METADATA)))
                    .toList();
        }
    }

    private static long numberOf(Path checkpoint) {
        return Long.parseLong(String.valueOf(checkpoint.getFileName()).substring(FOLDER_PREFIX.length()));
    }

    /** Removes the checkpoints of job ids that nothing refers to any more. */
    void removeAllBut(List<JobRecord> jobs) throws IOException {
        if (localRoot == null || !Files.isDirectory(localRoot)) {
            return;
        }
        List<Path> unused = new ArrayList<>();
        try (Stream<Path> folders = Files.list(localRoot)) {
            folders.filter(folder -> jobs.stream().noneMatch(job -> job.refersTo(String.valueOf(folder.getFileName()))))
                    .forEach(unused::add);
        }
        for (Path folder : unused) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
