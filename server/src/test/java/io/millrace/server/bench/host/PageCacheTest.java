package io.millrace.server.bench.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheTest {
    @Test
    void theMemoryOfTheMachineIsItsTotal() throws IOException {
        List<String> meminfo = List.of("MemTotal:       24683996 kB", "MemFree:          208340 kB");

        assertThat(PageCache.totalBytes(meminfo)).isEqualTo(24_683_996L * 1024);
    }

    @Test
    void aSystemThatDoesNotTellItsMemoryIsRefused() {
        assertThatThrownBy(() -> PageCache.totalBytes(List.of("MemFree: 208340 kB")))
                .isInstanceOf(IOException.class)
                .hasMessage("/proc/meminfo has no MemTotal");
    }

    @Test
    void fillingLeavesNoFileBehind(@TempDir Path directory) throws IOException {
        List<String> lines = new ArrayList<>();

        PageCache.ofSize(3_500_000, directory, lines::add).fill();

        assertThat(lines).containsExactly("page cache filled in 0 s");
        assertThat(directory).isEmptyDirectory();
    }
}
