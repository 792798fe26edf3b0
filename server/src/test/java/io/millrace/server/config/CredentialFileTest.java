package io.millrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.analytics.control.ClusterAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialFileTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            me:it's: secret           | Authorization | Basic bWU6aXQnczogc2VjcmV0
            Authorization: Bearer abc | Authorization | Bearer abc
            X-Api-Key: a:b            | X-Api-Key     | a:b
            """)
    void aLineIsAUserOrAHeader(String line, String header, String value) throws IOException {
        assertThat(CredentialFile.read(file(line + "\n"))).isEqualTo(new ClusterAccess.Credential(header, value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret", "user:", ":password", "Header: ", "a:b\nc:d"})
    void anythingElseIsRefusedWithoutBeingShown(String content) throws IOException {
        Path file = file(content);

        assertThatThrownBy(() -> CredentialFile.read(file))
                .hasMessage(file + ": is neither 'user:password' nor 'Header: value' in one line");
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        Path file = directory.resolve("none");

        assertThatThrownBy(() -> CredentialFile.read(file)).hasMessage(file + ": there is no such file");
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("credentials"), content);
    }
}
