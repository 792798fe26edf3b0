package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class ServerCertificateTest {
    @TempDir
    Path directory;

    @Test
    void oneIsMadeOnceAndItsKeyIsTheOwners() throws IOException {
        ServerCertificate.loadOrCreate(directory).context();
        byte[] first = Files.readAllBytes(directory.resolve("certificate.pem"));
        ServerCertificate.loadOrCreate(directory).context();

        assertThat(directory.resolve("certificate.pem")).hasBinaryContent(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("key.pem"))))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void whatAnInterruptedStartHasLeftIsInNobodysWay() throws IOException {
        Files.writeString(directory.resolve("key.pem.tmp"), "half");
        Files.writeString(directory.resolve("certificate.pem.tmp"), "half");
        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();

        Files.move(directory.resolve("certificate.pem"), directory.resolve("certificate.pem.tmp"));
        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"certificate.pem, key.pem", "key.pem, certificate.pem"})
    void anOperatorsFileThatStandsAloneIsNamedAndKept(String present, String missing) throws IOException {
        Files.writeString(directory.resolve(present), "an operator's own");
        assertThatThrownBy(() -> ServerCertificate.loadOrCreate(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(present)
                .hasMessageContaining("without " + missing);
        assertThat(directory.resolve(present)).hasContent("an operator's own");
    }
}
