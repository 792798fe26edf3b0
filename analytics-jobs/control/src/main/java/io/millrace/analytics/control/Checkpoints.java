package io.millrace.analytics.control;

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

/**
 * Finds the newest checkpoint of a job that is no longer there to be asked.
 *
 * <p>A checkpoint is complete when its folder {@code chk-N} holds {@code _metadata}, which Flink writes last and renames
 * into place. On a local disk the folders are looked at, since the cluster may have died after a checkpoint that nobody
 * heard of; elsewhere the last one heard of has to do.
 */
final class Checkpoints {
    private static final String FOLDER_PREFIX = "chk-";

    private final @Nullable Path localRoot;

    /** @param localRoot where the cluster keeps checkpoints, one folder a job id; absent when that is not on this machine */
    Checkpoints(@Nullable Path localRoot) {
        this.localRoot = localRoot;
    }

    /** Returns what the next submission of a job has to begin from. */
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
                || Files.exists(Path.of(URI.create(path)).resolve("_metadata"));
    }

    /** Tells whether a checkpoint that the cluster reports has to be remembered, since its folder cannot be looked at. */
    boolean isElsewhere(String path) {
        return localRoot == null || !path.startsWith("file:");
    }

    /** Tells whether the cluster runs on another machine, so that only what it reports is known. */
    boolean areRemote() {
        return localRoot == null;
    }

    private static Optional<Path> newestIn(Path folder) throws IOException {
        return complete(folder).stream().max(Comparator.comparingLong(Checkpoints::numberOf));
    }

    private static List<Path> complete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(path -> String.valueOf(path.getFileName()).matches(FOLDER_PREFIX + "[0-9]{1,18}"))
                    .filter(path -> Files.exists(path.resolve("_metadata")))
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
            folders.filter(folder -> jobs.stream().noneMatch(job -> refersTo(job, folder)))
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

    private static boolean refersTo(JobRecord job, Path folder) {
        String name = String.valueOf(folder.getFileName());
        String from = job.restorePath();
        return name.equals(job.jobId()) || (from != null && from.contains(name));
    }
}
