package io.millrace.durable.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path directory;

    @Test
    void aTemporaryFileOfAnInterruptedWriteIsRemovedAndItsPermissionsAreNotTakenOver() throws IOException {
        Path file = directory.resolve("secret");
        Files.writeString(AtomicFile.temporaryOf(file), "readable by everybody");
        AtomicFile.writePrivate(file, "hush".getBytes(StandardCharsets.UTF_8));

        assertThat(file).hasContent("hush");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(AtomicFile.temporaryOf(file)).doesNotExist();
    }

    @Test
    void aTreeIsPublishedAsAWhole() throws IOException {
        Path unfinished = Files.createDirectories(directory.resolve("unfinished/inner"));
        Files.writeString(unfinished.resolve("file"), "content");
        AtomicFile.publish(directory.resolve("unfinished"), directory.resolve("finished"));

        assertThat(directory.resolve("finished/inner/file")).hasContent("content");
        assertThat(directory.resolve("unfinished")).doesNotExist();
    }
}
