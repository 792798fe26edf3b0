package io.millrace.ingest.log.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.log.KeyProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalMasterKeysTest {
    @TempDir
    Path folder;

    @Test
    void aDataKeyIsOpenedAfterARestartAndAfterRotations() throws Exception {
        LocalMasterKeys keys = LocalMasterKeys.open(folder);
        KeyProvider.DataKey first = keys.newDataKey("alias/a");
        keys.rotate("alias/a");
        KeyProvider.DataKey second = keys.newDataKey("alias/a");

        LocalMasterKeys again = LocalMasterKeys.open(folder);

        assertThat(first.plain()).hasSize(32).isNotEqualTo(second.plain());
        assertThat(again.unwrap("alias/a", first.wrapped())).isEqualTo(first.plain());
        assertThat(again.unwrap("alias/a", second.wrapped())).isEqualTo(second.plain());
        assertThat(second.wrapped()[3]).isEqualTo((byte) (first.wrapped()[3] + 1)); // the version
    }

    @Test
    void aDataKeyOfAnotherKeyOrWithAnyBitFlippedIsRefused() throws Exception {
        LocalMasterKeys keys = LocalMasterKeys.open(folder);
        byte[] wrapped = keys.newDataKey("a").wrapped();
        keys.newDataKey("b");

        assertThatThrownBy(() -> keys.unwrap("b", wrapped)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> keys.unwrap("c", wrapped)).isInstanceOf(IOException.class);
        for (int bit = 0; bit < wrapped.length * 8; bit++) {
            byte[] flipped = wrapped.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> keys.unwrap("a", flipped)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void onlyTheOwnerMayReadTheFolder() throws Exception {
        LocalMasterKeys.open(folder.resolve("keys"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("keys"))))
                .isEqualTo("rwx------");
    }
}
