package io.millrace.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    private static final Instant BEGAN = Instant.parse("2024-01-01T00:00:00Z");

    @TempDir
    Path parent;

    @Test
    void oneHolderAtATime() throws IOException {
        Path directory = parent.resolve("made/when/missing");
        DirectoryLock lock = DirectoryLock.take(directory);

        assertThatThrownBy(() -> DirectoryLock.take(directory)).hasMessage(directory + " is in use by another process");

        lock.close();
        lock.close();
        DirectoryLock.take(directory).close();
    }

    @Test
    void anOrderlyEndIsRemembered() throws IOException {
        Path directory = parent.resolve("data");
        DirectoryLock.take(directory).close();

        try (DirectoryLock next = DirectoryLock.take(directory)) {
            assertThat(next.interruptedRun()).isEmpty();
        }
    }

    @Test
    void aKillIsRememberedWithTheTimeThatTheRunBegan() throws IOException {
        Path left = Files.writeString(parent.resolve("data.lock"), BEGAN.toString());

        try (DirectoryLock next = DirectoryLock.take(parent.resolve("data"))) {
            assertThat(next.interruptedRun()).contains(BEGAN);
            next.begin(BEGAN.plusSeconds(60));
            assertThat(left).hasContent("2024-01-01T00:01:00Z");
        }
        assertThat(left).isEmptyFile();
    }

    @Test
    void aTornLockFileSaysNothing() throws IOException {
        Files.writeString(parent.resolve("data.lock"), "\0\0\0");

        try (DirectoryLock next = DirectoryLock.take(parent.resolve("data"))) {
            assertThat(next.interruptedRun()).isEmpty();
        }
    }

    @Test
    void aTreeIsRemovedWithoutFollowingLinks() throws IOException {
        Path outside = Files.writeString(parent.resolve("outside"), "kept");
        Path tree = Files.createDirectories(parent.resolve("tree/deep"));
        Files.writeString(tree.resolve("file"), "gone");
        Files.createSymbolicLink(tree.resolve("link"), outside);

        FileTree.delete(parent.resolve("tree"));
        FileTree.delete(parent.resolve("tree"));

        assertThat(parent.resolve("tree")).doesNotExist();
        assertThat(outside).exists();
    }
}
