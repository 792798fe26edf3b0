package io.millrace.analytics.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.runtime.state.filesystem.FsCheckpointMetadataOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class GuardedFileSystemTest {
    @TempDir
    Path directory;

    private final List<String> synced = new ArrayList<>();
    private final FileSystem files = new GuardedFileSystem(new Syncs() {
        @Override
        public void file(Path file) throws IOException {
            synced.add("file " + nameOf(file) + " of " + Files.size(file));
        }

        @Override
        public void directory(Path folder) {
            synced.add("directory " + nameOf(folder));
        }
    });

    private static String nameOf(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static org.apache.flink.core.fs.Path path(Path path) {
        return new org.apache.flink.core.fs.Path(path.toUri());
    }

    @BeforeEach
    void allowTheDirectory() throws IOException {
        AllowedFiles.below(List.of(directory)).enforce();
        Files.createDirectories(directory.resolve("job"));
    }

    @AfterEach
    void allowNothing() throws IOException {
        AllowedFiles.below(List.of()).enforce();
    }

    @Test
    void aFileOfStateAndItsNameAreOnTheDiskOnceItIsClosed() throws IOException {
        try (var state = files.create(path(directory.resolve("job/state")), FileSystem.WriteMode.NO_OVERWRITE)) {
            state.write(new byte[30_000]);
            assertThat(synced).isEmpty();
        }
        assertThat(synced).containsExactly("file state of 30000", "directory job");
    }

    @Test
    void aNewDirectoryIsOnTheDiskWithThoseAboveIt() throws IOException {
        files.mkdirs(path(directory.resolve("job/chk-1/deep")));
        assertThat(synced).containsExactly("directory chk-1", "directory job");
        files.mkdirs(path(directory.resolve("job/chk-1")));
        assertThat(synced).hasSize(2);
    }

    @Test
    void theMetadataOfACheckpointAreOnTheDiskBeforeTheyHaveTheirName() throws IOException {
        Path folder = directory.resolve("job/chk-1");
        try (var metadata =
                new FsCheckpointMetadataOutputStream(files, path(folder.resolve("_metadata")), path(folder))) {
            metadata.write(new byte[100]);
            synced.clear();
            metadata.closeAndFinalizeCheckpoint();
        }
        assertThat(folder.resolve("_metadata")).hasSize(100);
        assertThat(synced).hasSize(2).last().isEqualTo("directory chk-1");
        assertThat(synced.get(0)).matches("file \\._metadata\\.inprogress\\..* of 100");
    }

    @Test
    void aCommitAfterARecoveryIsOnTheDisk() throws IOException {
        RecoverableWriter writer = files.createRecoverableWriter();
        RecoverableFsDataOutputStream out = writer.open(path(directory.resolve("job/part")));
        out.write(new byte[10]);
        RecoverableWriter.CommitRecoverable handle = out.closeForCommit().getRecoverable();
        synced.clear();
        writer.recoverForCommit(handle).commitAfterRecovery();
        assertThat(directory.resolve("job/part")).hasSize(10);
        assertThat(synced).containsExactly("directory job");
    }

    @Test
    void aRenamedFileIsOnTheDiskUnderItsNewName() throws IOException {
        Files.write(directory.resolve("job/old"), new byte[5]);
        assertThat(files.rename(path(directory.resolve("job/old")), path(directory.resolve("job/new"))))
                .isTrue();
        assertThat(synced).containsExactly("file old of 5", "directory job");
    }
}
