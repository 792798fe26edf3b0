package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.auth.AccessKey;
import io.millrace.server.storage.StoreKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that a node has made for itself do not keep it from starting when they are damaged. */
class BufferKeyTest {
    @TempDir
    Path parent;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"id\":\"AKIAX\",\"sec",
                "{\"hello\":1}",
                "{}",
                "null",
                "[]",
                "{\"id\":\"a/b\",\"secret\":\"s\"}"
            })
    void aDamagedKeyIsMadeAnew(String damaged) throws Exception {
        try (DataDirectory directory = DataDirectory.open(parent.resolve("data"))) {
            AccessKey first = BufferKey.of(directory);
            assertThat(BufferKey.of(directory)).isEqualTo(first);
            Files.writeString(directory.resolve("buffer-key").resolve("key.json"), damaged);

            AccessKey second = BufferKey.of(directory);
            assertThat(second.id()).isNotEqualTo(first.id());
            assertThat(BufferKey.of(directory)).isEqualTo(second);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"hello\":1}", "null"})
    void aDamagedKeyOfTheStoreIsMadeAnew(String damaged) throws Exception {
        Path folder = parent.resolve("s3-keys");
        AccessKey first = StoreKeys.loadOrCreate(folder, new SecureRandom());
        Files.writeString(folder.resolve("own.json"), damaged);

        AccessKey second = StoreKeys.loadOrCreate(folder, new SecureRandom());
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(StoreKeys.loadOrCreate(folder, new SecureRandom())).isEqualTo(second);
    }
}
