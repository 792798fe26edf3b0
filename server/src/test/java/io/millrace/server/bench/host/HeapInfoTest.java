package io.millrace.server.bench.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeapInfoTest {
    private static final String CLASSES = """
             Metaspace       used 127K, committed 320K, reserved 1114112K
              class space    used 4K, committed 128K, reserved 1048576K
            """;

    @ParameterizedTest
    @ValueSource(strings = {"""
                 def new generation   total 78656K, used 26076K [0x00000000f0000000, 0x00000000f5550000)
                  eden space 69952K,  37% used [0x00000000f0000000, 0x00000000f19772f8, 0x00000000f4450000)
                 tenured generation   total 174784K, used 20004K [0x00000000f5550000, 0x0000000100000000)
                   the space 174784K,   0% used [0x00000000f5550000, 0x00000000f5550000, 0x0000000100000000)
                """, """
                 PSYoungGen      total 76288K, used 26076K [0x00000000fab00000, 0x0000000100000000)
                  eden space 65536K, 39% used [0x00000000fab00000,0x00000000fc41edd8,0x00000000feb00000)
                 ParOldGen       total 175104K, used 20004K [0x00000000f0000000, 0x00000000fab00000)
                  object space 175104K, 0% used [0x00000000f0000000,0x00000000f0000000,0x00000000fab00000)
                """, """
                 garbage-first heap   total 262144K, used 46080K [0x00000000f0000000, 0x0000000100000000)
                  region size 1024K, 1 young (1024K), 0 survivors (0K)
                """, """
                 ZHeap           used 45M, capacity 256M, max capacity 256M
                """})
    void theHeapsOfAllCollectorsAreRead(String said) {
        assertThat(HeapInfo.usedBytes("18910:\n" + said + CLASSES)).isEqualTo(45L << 20);
    }

    @Test
    void nothingSaidIsNothingUsed() {
        assertThat(HeapInfo.usedBytes("")).isZero();
    }
}
