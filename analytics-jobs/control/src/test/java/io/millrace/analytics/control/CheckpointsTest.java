package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class CheckpointsTest {
    private static final JobSpec SPEC = JobSpec.ofJar("job", new JobSpec.JarJob("jar", "Main", List.of(), Map.of()));

    @TempDir
    Path root;

    private static JobRecord job(String id, Path restore, String heard) {
        return new JobRecord(
                SPEC,
                id,
                restore == null ? null : restore.toUri().toString(),
                heard,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private Path checkpoint(String job, String name, boolean complete) throws IOException {
        Path folder = Files.createDirectories(root.resolve(job).resolve(name));
        if (complete) {
            write(folder);
        }
        return folder;
    }

    static void write(Path folder) throws IOException {
        byte[] magic =
                ByteBuffer.allocate(Integer.BYTES).putInt(Checkpoints.MAGIC).array();
        Files.write(folder.resolve("_metadata"), magic);
    }

    @Test
    void theNewestIsTheOneWithTheHighestNumber() throws IOException {
        checkpoint("a", "chk-2", true);
        checkpoint("a", "chk-9", true);
        Path newest = checkpoint("a", "chk-10", true);
        checkpoint("b", "chk-11", true);
        Files.createDirectories(root.resolve("a/shared"));
        assertThat(new Checkpoints(root).newest(job("a", null, null)))
                .contains(newest.toUri().toString());
    }

    @Test
    void anIncompleteOneIsIgnored() throws IOException {
        Path complete = checkpoint("a", "chk-3", true);
        checkpoint("a", "chk-4", false);
        checkpoint("a", "chk-copy", true);
        assertThat(new Checkpoints(root).newest(job("a", null, null)))
                .contains(complete.toUri().toString());
    }

    @Test
    void aDamagedOneIsPassedOverForTheOneBefore() throws IOException {
        Path whole = checkpoint("a", "chk-3", true);
        Files.write(checkpoint("a", "chk-4", false).resolve("_metadata"), new byte[4096]);
        Files.write(checkpoint("a", "chk-5", false).resolve("_metadata"), new byte[0]);
        assertThat(new Checkpoints(root).newest(job("a", null, null)))
                .contains(whole.toUri().toString());
    }

    @Test
    void aJobWhoseCheckpointsAreAllDamagedDoesNotBeginFromNothing() throws IOException {
        Path older = checkpoint("older", "chk-7", true);
        Files.write(checkpoint("a", "chk-4", false).resolve("_metadata"), new byte[0]);
        assertThatThrownBy(() -> new Checkpoints(root).newest(job("a", older, null)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(root.resolve("a") + ": all checkpoints are damaged");
    }

    @Test
    void aJobThatDiedBeforeItsFirstCheckpointBeginsWhereItBegan() throws IOException {
        Path from = checkpoint("older", "chk-7", true);
        checkpoint("a", "chk-1", false);
        assertThat(new Checkpoints(root).newest(job("a", from, null)))
                .contains(from.toUri().toString());
        Files.delete(from.resolve("_metadata"));
        assertThat(new Checkpoints(root).newest(job("a", from, null))).isEmpty();
        assertThat(new Checkpoints(root).newest(job("a", null, null))).isEmpty();
    }

    @Test
    void elsewhereTheLastOneHeardOfHasToDo() throws IOException {
        JobRecord job =
                new JobRecord(SPEC, "a", "s3://b/a0/chk-1", "s3://b/a/chk-5", null, null, null, null, null, null);
        assertThat(new Checkpoints(null).newest(job)).contains("s3://b/a/chk-5");
        JobRecord shared =
                new JobRecord(SPEC, "a", null, "file:/mnt/of/the/cluster/chk-5", null, null, null, null, null, null);
        assertThat(new Checkpoints(null).newest(shared)).contains("file:/mnt/of/the/cluster/chk-5");
        assertThat(new Checkpoints(null).isElsewhere("file:/mnt/x")).isTrue();
        assertThat(new Checkpoints(root).isElsewhere("file:/mnt/x")).isFalse();
        assertThat(new Checkpoints(root).isElsewhere("s3://b/x")).isTrue();
    }

    @Test
    void whatNobodyRefersToIsRemoved() throws IOException {
        checkpoint("a", "chk-1", true);
        Path from = checkpoint("before-a", "chk-7", true);
        checkpoint("gone", "chk-1", true);
        new Checkpoints(root).removeAllBut(List.of(job("a", from, null)));
        assertThat(root).isDirectoryNotContaining("glob:**gone");
        assertThat(root.resolve("a/chk-1/_metadata")).exists();
        assertThat(from.resolve("_metadata")).exists();
    }
}
