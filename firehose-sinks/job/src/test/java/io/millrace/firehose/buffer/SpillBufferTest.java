package io.millrace.firehose.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.delivery.ShardRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class SpillBufferTest {
    @TempDir
    Path directory;

    static LongStream seeds() {
        return LongStream.concat(
                LongStream.range(0, 30), ThreadLocalRandom.current().longs(5));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void recordsOfAnySizeComeBackInTheirOrder(long seed) throws IOException {
        Random random = new Random(seed);
        try (SpillBuffer buffer = new SpillBuffer(directory)) {
            for (int round = 0; round < 3; round++) {
                List<DeliveryRecord> added = new ArrayList<>();
                for (int i = 0; i < random.nextInt(2000); i++) {
                    int size = random.nextInt(200) == 0 ? random.nextInt(300_000) : random.nextInt(200);
                    byte[] data = new byte[size];
                    random.nextBytes(data);
                    added.add(new DeliveryRecord("shard-" + random.nextInt(3), "9" + i, random.nextInt(50), data));
                }
                added.forEach(buffer::add);
                assertThat(buffer.records())
                        .usingRecursiveFieldByFieldElementComparator()
                        .isEqualTo(added);
                assertThat(buffer.records()).as("a second time").hasSize(added.size());
                assertThat(buffer.count()).isEqualTo(added.size());
                buffer.clear();
                assertThat(buffer.isEmpty()).isTrue();
            }
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void theHeapHoldsABlockAndAKilledProcessLeavesNoFile() throws IOException {
        try (SpillBuffer buffer = new SpillBuffer(directory)) {
            byte[] data = new byte[1024 * 1024];
            for (int i = 1000; i < 1100; i++) {
                buffer.add(new DeliveryRecord("shard", Integer.toString(i), 0, data));
                assertThat(buffer.heapBytes()).isLessThan(data.length + 2 * SpillBuffer.BLOCK_BYTES);
            }
            assertThat(buffer.records()).hasSize(100);
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void aDiskThatTakesNothingStarvesTheBufferAndLosesNoRecord() throws IOException {
        Path noDirectory = Files.writeString(directory.resolve("file"), "in the way");
        try (SpillBuffer buffer = new SpillBuffer(noDirectory)) {
            int added = 0;
            while (!buffer.isStarved()) {
                buffer.add(new DeliveryRecord("shard", Integer.toString(10_000 + added++), 0, new byte[1000]));
            }
            assertThat(added).isBetween(60, 70);
            assertThat(buffer.records()).hasSize(added);
            buffer.clear();
            assertThat(buffer.isStarved()).isFalse();
        }
    }

    @Test
    void rangesBeginAtTheBase() throws IOException {
        try (SpillBuffer buffer = new SpillBuffer(directory)) {
            for (String position : List.of("9", "10/0", "10/1", "11")) {
                buffer.add(new DeliveryRecord("a", position, 7, new byte[1]));
            }
            buffer.add(new DeliveryRecord("b", "3", 5, new byte[1]));
            assertThat(buffer.ranges(Map.of("a", "8")))
                    .containsExactly(new ShardRange("a", "8", "9", "11"), new ShardRange("b", "", "3", "3"));
            assertThat(buffer.oldestEpochMillis()).isEqualTo(5);
        }
    }
}
