package io.millrace.server.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
    @TempDir
    Path installation;

    private Path jar;

    @BeforeEach
    void makeJar() throws IOException {
        jar = Files.writeString(
                Files.createDirectory(installation.resolve("lib")).resolve("a.jar"), "one");
    }

    private ClassArchive archive() throws IOException {
        return ClassArchive.of(installation.resolve("lib"), List.of(jar), true);
    }

    private static Path written(ClassArchive archive) throws IOException {
        String option = archive.options().get(1);
        assertThat(option).startsWith("-XX:ArchiveClassesAtExit=");
        return Files.writeString(Path.of(option.substring(option.indexOf('=') + 1)), "classes");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(installation)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("lib"))
                    .toList();
        }
    }

    @Test
    void whatTheFirstWritesTheNextUses() throws IOException {
        ClassArchive first = archive();
        written(first);
        first.keep();

        assertThat(archive().options().get(1))
                .isEqualTo("-XX:SharedArchiveFile=" + installation.resolve(files().get(0)));
    }

    @Test
    void anotherBuildHasAnotherArchiveAndTheOldOneGoes() throws IOException {
        ClassArchive first = archive();
        written(first);
        first.keep();
        List<String> before = files();
        Files.writeString(jar, "another");

        ClassArchive second = archive();
        written(second);
        second.keep();

        assertThat(files()).hasSize(1).isNotEqualTo(before);
    }

    @Test
    void halfAnArchiveIsNeverUsed() throws IOException {
        ClassArchive first = archive();
        written(first);
        first.discard();

        assertThat(files()).isEmpty();
        written(archive());
    }

    @Test
    void aBriefRunWritesNone() throws IOException {
        ClassArchive brief = ClassArchive.of(installation.resolve("lib"), List.of(jar), false);

        assertThat(brief.options()).isEmpty();
        assertThat(brief.isToBeWritten()).isFalse();
    }

    @Test
    void aJvmThatWroteNothingChangesNothing() throws IOException {
        archive().keep();

        assertThat(files()).isEmpty();
    }
}
