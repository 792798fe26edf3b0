package io.millrace.durable.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileNamesTest {
    @TempDir
    Path directory;

    @Test
    void digitsOfOtherScriptsBecomeAsciiAtEveryDepth() throws IOException {
        write("wal/٠٠٠٠٠١.wal", "arabic");
        write("index/۷/०००.idx", "persian and devanagari");
        write("wal/000002.wal", "ascii");
        write("wal/straße-ü.txt", "no digit");

        FileNames.toAsciiDigits(directory);

        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> directory.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "wal/000001.wal", "wal/000002.wal", "index/7/000.idx", "wal/straße-ü.txt");
        }
        assertThat(directory.resolve("wal/000001.wal")).hasContent("arabic");
    }

    @Test
    void aNameThatIsTakenIsReportedAndNothingIsReplaced() throws IOException {
        write("٠١.seg", "written under ar_EG");
        write("01.seg", "written under en_US");

        assertThatThrownBy(() -> FileNames.toAsciiDigits(directory))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("01.seg");

        assertThat(directory.resolve("٠١.seg")).hasContent("written under ar_EG");
        assertThat(directory.resolve("01.seg")).hasContent("written under en_US");
    }

    @Test
    void aMissingDirectoryIsLeftMissing() throws IOException {
        FileNames.toAsciiDigits(directory.resolve("none"));

        assertThat(directory.resolve("none")).doesNotExist();
    }

    private void write(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, content);
    }
}
