package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskReserveTest {
    private static final int BYTES = 3_000_000;

    @TempDir
    Path directory;

    private long usable = Long.MAX_VALUE;

    @Test
    void itIsSetAsideWhileThereIsPlentyUsedByAStartOnAFullDiskAndSetAsideAgain() throws IOException {
        Path file = directory.resolve("reserve");
        DiskReserve reserve = new DiskReserve(file, () -> usable, BYTES);
        reserve.renew();
        assertThat(Files.size(file)).isEqualTo(BYTES);
        reserve.releaseIfFull();
        assertThat(file).exists();

        usable = 0;
        reserve.releaseIfFull();
        assertThat(file).doesNotExist();
        usable = BYTES + 1;
        reserve.renew();
        assertThat(file).doesNotExist();

        usable = 8L * BYTES + 1;
        reserve.renew();
        assertThat(Files.size(file)).isEqualTo(BYTES);
    }
}
