package io.millrace.ingest.log.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.SimulatedDisk;
import io.millrace.ingest.log.ReadArrays;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches and reads of a shard while its files come and go. */
@Timeout(60)
class ShardSearchTest {
    private final SimulatedDisk disk = new SimulatedDisk();
    private final List<Long> times = new ArrayList<>();

    /** A shard with a record in each of so many files, two hours apart; the times are noted. */
    private SteppedLog withFiles(int count) throws Exception {
        SteppedLog log = new SteppedLog(disk);
        for (int i = 0; i < count; i++) {
            appendLater(log, "record " + i);
            flush(log);
        }
        return log;
    }

    private void appendLater(SteppedLog log, String text) {
        log.clock.move(Duration.ofHours(2));
        times.add(log.append(0, null, text).get(0).arrivalEpochMillis());
    }

    private static void flush(SteppedLog log) throws Exception {
        log.log.checkpointer().flush(log.log.shard(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void aNewFileThatNothingIsInYetHidesNoneOfTheFilesBeforeIt(int files) throws Exception {
        SteppedLog log = withFiles(files);
        appendLater(log, "record " + files);
        disk.failNextWrite("0-%d.seg".formatted(files));
        assertThatThrownBy(() -> flush(log)).hasMessageContaining("injected");
        assertThat(log.log.shard(0).segments()).hasSize(files + 1);

        for (int i = 0; i < times.size(); i++) {
            assertThat(log.log.offsetAtTime(0, times.get(i))).isEqualTo(i);
        }
        log.log.trim(0, times.get(0));
        assertThat(log.texts(0)).hasSize(files + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void searchesHoldWhileAFileIsBegun(int files) throws Exception {
        SteppedLog log = withFiles(files);
        appendLater(log, "record " + files);
        List<Long> found = new ArrayList<>();
        disk.beforeNextOpen(
                "0-%d.seg".formatted(files), () -> times.forEach(time -> found.add(offsetAtTime(log, 0, time))));
        flush(log);
        assertThat(found)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(0, files).boxed().toList());
    }

    @Test
    void aReaderWhoseFilesAreTakenAwayOneByOneGetsWhatIsLeftAndReportsNoDamage() throws Exception {
        SteppedLog log = withFiles(4);
        disk.beforeNextRead("0-0.seg", () -> {
            trim(log, 0, times.get(2));
            log.doAll(); // lets the files go, which a checkpoint has not told yet
        });
        assertThat(read(log)).containsExactly("record 0");
        assertThat(read(log)).containsExactly("record 2", "record 3");
        assertThat(log.log.stats().damages()).isEmpty();
    }

    @Test
    void aReaderWhoseFirstFileIsGoneBeginsBehindIt() throws Exception {
        SteppedLog log = withFiles(4);
        log.checkpoint();
        disk.beforeNextRead("0-0.seg", () -> {
            trim(log, 0, times.get(2));
            log.doAll();
            log.tick();
        });
        assertThat(read(log)).containsExactly("record 2", "record 3");
        assertThat(log.log.stats().damages()).isEmpty();
    }

    @Test
    void aFileThatGoesAfterItsSearchBeganIsNoDamage() throws Exception {
        SteppedLog log = withFiles(4);
        log.tick();
        log.checkpoint();
        disk.beforeNextRead("0-0.seg", () -> {
            trim(log, 0, times.get(2));
            log.doAll();
            log.tick();
        });
        assertThat(log.log.offsetAtTime(0, times.get(0))).isEqualTo(2);
        assertThat(log.log.stats().damages()).isEmpty();
    }

    @Test
    void aMissingFileDoesNotKeepTheSearchFromItsTime() throws Exception {
        SteppedLog log = withFiles(3);
        log.checkpoint();
        disk.delete(Path.of("/log/shards/0-1.seg"));
        assertThat(log.log.offsetAtTime(0, times.get(1))).isEqualTo(1);
        assertThat(log.texts(0)).containsExactly("record 0", "damaged", "record 2");
    }

    @Test
    void whatIsAppendedWhileEverythingBeforeItExpiresIsKept() throws Exception {
        SteppedLog log = new SteppedLog(disk);
        CyclicBarrier both = new CyclicBarrier(2);
        int rounds = 3_000;
        for (int shard = 0; shard < rounds; shard++) {
            log.append(shard, null, "old");
        }
        log.clock.move(Duration.ofHours(2));
        long now = log.clock.millis();
        long[] found = new long[rounds];
        Thread trimming = new Thread(() -> {
            for (int shard = 0; shard < rounds; shard++) {
                await(both);
                found[shard] = offsetAtTime(log, shard, now);
                trim(log, shard, now);
            }
        });
        trimming.start();
        for (int shard = 0; shard < rounds; shard++) {
            await(both);
            log.append(shard, null, "new");
        }
        trimming.join();
        for (int shard = 0; shard < rounds; shard++) {
            assertThat(log.texts(shard)).as("shard %d", shard).containsExactly("new");
            assertThat(found[shard]).as("shard %d", shard).isEqualTo(1);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void trim(SteppedLog log, long shard, long beforeEpochMillis) {
        try {
            log.log.trim(shard, beforeEpochMillis);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long offsetAtTime(SteppedLog log, long shard, long epochMillis) {
        try {
            return log.log.offsetAtTime(shard, epochMillis);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> read(SteppedLog log) throws IOException {
        return log.log.read(0, 0, 100, 1 << 20, ReadArrays.NEW).stream()
                .map(record -> new String(record.data(), StandardCharsets.UTF_8))
                .toList();
    }
}
