package io.millrace.ingest.log.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.ingest.log.ReadArrays;
import io.millrace.ingest.log.StoredRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records that are read from a file into arrays of the caller. */
class ReadArraysTest {
    private static final int ALL = Integer.MAX_VALUE;

    @ParameterizedTest
    @EnumSource
    void whatWasInAnArrayBeforeAndHowLongItIsDoesNotShow(BlockCodec codec) throws Exception {
        SteppedLog log = new SteppedLog(new SimulatedDisk(), codec);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            texts.add("record %d ".formatted(i).repeat(500));
            log.append(0, i % 5 == 0 ? "master" : null, texts.get(i));
        }
        log.log.checkpointer().flush(log.log.shard(0));
        Random random = new Random(1);
        List<byte[]> taken = new ArrayList<>();
        ReadArrays arrays = length -> {
            byte[] array = new byte[length + random.nextInt(100_000)];
            Arrays.fill(array, (byte) 0x11);
            taken.add(array);
            return array;
        };

        List<StoredRecord> read = log.log.read(0, 0, ALL, ALL, arrays);

        assertThat(read.stream().map(record -> new String(record.data(), UTF_8)))
                .containsExactlyElementsOf(texts);
        List<byte[]> used = read.stream()
                .filter(record -> !record.encrypted())
                .map(StoredRecord::buffer)
                .toList();
        assertThat(taken).as("no record lies elsewhere").containsAll(used);
        assertThat(used).isNotEmpty();
        log.close();
    }
}
