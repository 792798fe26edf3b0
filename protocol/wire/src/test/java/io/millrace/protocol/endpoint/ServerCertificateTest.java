package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
            assertThat(files).hasSize(3);
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
                .hasMessageContaining(missing)
                .hasMessageContaining("restore it");
        assertThat(directory.resolve(present)).hasContent("an operator's own");
    }

    @ParameterizedTest
    @CsvSource({
        "certificate.pem, 0",
        "certificate.pem, 100",
        "key.pem, 0",
        "key.pem, 60",
        "certificate.pem, -1",
        "key.pem, -1",
    })
    void oneThatTheNodeMadeIsMadeAnewWhenItIsDamaged(String damaged, int left) throws IOException {
        ServerCertificate.loadOrCreate(directory);
        cut(directory.resolve(damaged), left);

        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();
        byte[] made = Files.readAllBytes(directory.resolve("certificate.pem"));
        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();
        assertThat(directory.resolve("certificate.pem")).hasBinaryContent(made);
    }

    @ParameterizedTest
    @CsvSource({"certificate.pem, 0", "key.pem, 0", "key.pem, 60"})
    void oneThatAnEarlierVersionMadeIsMadeAnewWhenItIsDamaged(String damaged, int left) throws IOException {
        ServerCertificate.loadOrCreate(directory);
        Files.delete(directory.resolve("self-signed"));
        cut(directory.resolve(damaged), left);

        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();
    }

    @Test
    void bothFilesOfZeroesAreMadeAnew() throws IOException {
        ServerCertificate.loadOrCreate(directory);
        Files.write(directory.resolve("certificate.pem"), new byte[600]);
        Files.write(directory.resolve("key.pem"), new byte[240]);

        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"certificate.pem, 100", "key.pem, 60", "certificate.pem, 0"})
    void anOperatorsDamagedFilesAreRefusedAndKept(String damaged, int left) throws IOException {
        ServerCertificate.loadOrCreate(directory);
        SelfSigned operators = SelfSigned.make();
        Files.write(directory.resolve("certificate.pem"), operators.certificate());
        Files.write(directory.resolve("key.pem"), operators.key());
        assertThat(ServerCertificate.loadOrCreate(directory).context()).isNotNull();
        assertThat(directory.resolve("certificate.pem")).hasBinaryContent(operators.certificate());

        cut(directory.resolve(damaged), left);
        assertThatThrownBy(() -> ServerCertificate.loadOrCreate(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.resolve(damaged).toString())
                .hasMessageContaining("restore it");
        assertThat(Files.size(directory.resolve(damaged))).isEqualTo(left);
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws IOException {
        Files.write(directory.resolve("certificate.pem"), SelfSigned.make().certificate());
        Files.write(directory.resolve("key.pem"), SelfSigned.make().key());
        Files.writeString(directory.resolve("self-signed"), "of an earlier pair");

        assertThatThrownBy(() -> ServerCertificate.loadOrCreate(directory)).hasMessageContaining("does not belong to");
    }

    /** @param left the bytes that stay; below zero removes the file */
    private static void cut(Path file, int left) throws IOException {
        if (left < 0) {
            Files.delete(file);
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(left);
        }
    }
}
