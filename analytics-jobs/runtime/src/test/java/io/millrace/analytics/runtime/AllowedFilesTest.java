package io.millrace.analytics.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllowedFilesTest {
    @TempDir
    Path directory;

    private Path allowed;
    private Path secret;

    @BeforeEach
    void allowOneFolder() throws IOException {
        allowed = Files.createDirectories(directory.resolve("allowed"));
        secret = Files.writeString(directory.resolve("secret"), "key");
        AllowedFiles.below(List.of(allowed)).enforce();
        FileSystem.initialize(new Configuration(), null);
    }

    @AfterEach
    void allowNothing() throws IOException {
        AllowedFiles.below(List.of()).enforce();
    }

    @Test
    void flinkWritesAndReadsBelowAnAllowedFolder() throws IOException {
        org.apache.flink.core.fs.Path file = path(allowed.resolve("a/b/new"));

        try (var out = fileSystem(file).create(file, FileSystem.WriteMode.NO_OVERWRITE)) {
            out.write('x');
        }

        assertThat(fileSystem(file).getFileStatus(file).getLen()).isEqualTo(1);
        assertThat(fileSystem(file).rename(file, path(allowed.resolve("c")))).isTrue();
        assertThat(allowed.resolve("c")).hasContent("x");
    }

    @Test
    void flinkOpensNothingElseUnderAnySpelling() throws IOException {
        Files.createSymbolicLink(allowed.resolve("link"), secret);
        Files.createSymbolicLink(allowed.resolve("up"), directory);
        Files.createDirectories(directory.resolve("allowed-too"));
        for (String spelling : List.of(
                "secret",
                "allowed/../secret",
                "allowed/link",
                "allowed/up/secret",
                "allowed/up/allowed/../secret",
                "allowed/none/../../secret",
                "allowed-too/secret",
                ".")) {
            org.apache.flink.core.fs.Path file =
                    new org.apache.flink.core.fs.Path("file://" + directory + "/" + spelling);
            refuses(spelling, () -> fileSystem(file).open(file));
            refuses(spelling, () -> fileSystem(file).exists(file));
            refuses(spelling, () -> fileSystem(file).listStatus(file));
            refuses(spelling, () -> fileSystem(file).delete(file, true));
            refuses(spelling, () -> fileSystem(file).create(file, FileSystem.WriteMode.OVERWRITE));
            refuses(spelling, () -> fileSystem(file).createRecoverableWriter().open(file));
            refuses(spelling, () -> fileSystem(file).rename(file, path(allowed.resolve("stolen"))));
        }
        org.apache.flink.core.fs.Path environment = new org.apache.flink.core.fs.Path("/proc/self/environ");
        refuses("no scheme", () -> fileSystem(environment).open(environment));
        assertThat(secret).hasContent("key");
    }

    @Test
    void aLinkToWhatDoesNotExistIsNotWrittenThrough() throws IOException {
        Files.createSymbolicLink(allowed.resolve("dangling"), directory.resolve("made"));
        org.apache.flink.core.fs.Path file = path(allowed.resolve("dangling"));

        refuses("dangling", () -> fileSystem(file).create(file, FileSystem.WriteMode.OVERWRITE));
        assertThat(directory.resolve("made")).doesNotExist();
    }

    @Test
    void anAllowedFolderMayItselfBeReachedByALink() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("alias"), allowed);
        AllowedFiles files = AllowedFiles.below(List.of(link));

        assertThatCode(() -> files.check(link.resolve("new"))).doesNotThrowAnyException();
        assertThatCode(() -> files.check(allowed.resolve("new"))).doesNotThrowAnyException();
    }

    private static void refuses(String spelling, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .as(spelling)
                .isInstanceOf(SecurityException.class)
                .hasMessageContaining("Flink may not use");
    }

    private static FileSystem fileSystem(org.apache.flink.core.fs.Path path) throws IOException {
        return path.getFileSystem();
    }

    private static org.apache.flink.core.fs.Path path(Path file) {
        return new org.apache.flink.core.fs.Path(file.toUri());
    }
}
