package io.millrace.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {
    @TempDir
    Path directory;

    @Test
    void aFolderOfAnEarlierVersionIsClosedWithAllInIt() throws IOException {
        Path data = folder("data", "rwxr-xr-x");
        Path log = folder("data/log", "rwxrwxrwx");
        Path segment = file("data/log/1.seg", "rw-r--r--");
        Path program = file("data/run", "rwxr-xr-x");
        Path outside = file("outside", "rw-r--r--");
        Files.createSymbolicLink(log.resolve("link"), outside);

        PrivateFiles.secure(data);

        assertThat(permissions(data)).isEqualTo("rwx------");
        assertThat(permissions(log)).isEqualTo("rwx------");
        assertThat(permissions(segment)).isEqualTo("rw-------");
        assertThat(permissions(program)).isEqualTo("rwx------");
        assertThat(permissions(outside)).as("behind a link").isEqualTo("rw-r--r--");
    }

    @Test
    void aFolderThatOthersMayOnlyPassThroughIsClosedWithoutAWalk() throws IOException {
        Path data = folder("data", "rwx--x--x");
        Path file = file("data/file", "rw-r--r--");

        PrivateFiles.secure(data);

        assertThat(permissions(data)).isEqualTo("rwx------");
        assertThat(permissions(file)).isEqualTo("rw-r--r--");
    }

    private Path folder(String name, String permissions) throws IOException {
        return with(Files.createDirectories(directory.resolve(name)), permissions);
    }

    private Path file(String name, String permissions) throws IOException {
        return with(Files.createFile(directory.resolve(name)), permissions);
    }

    private static Path with(Path path, String permissions) throws IOException {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
