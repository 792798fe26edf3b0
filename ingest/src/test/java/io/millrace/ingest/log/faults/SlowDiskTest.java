package io.millrace.ingest.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each sync of a log takes 200 ms for a while, under more load than that lets through. */
@Timeout(1800)
class SlowDiskTest {
    private static final int DELAY_MICROS = 200_000;
    private static final long MEBIBYTE = 1024 * 1024;
    private static final int SAMPLE_MILLIS = 50;
    /** Beyond the heap: code, classes, stacks and the buffers that Java keeps for each thread that writes. */
    private static final long BESIDE_HEAP_BYTES = 200 * MEBIBYTE;

    /** Writers that together have more under way than a small heap holds. */
    private static final Load.Shape OVERLOAD = new Load.Shape(4, 200, 5, 1024 * 1024, Integer.MAX_VALUE);

    @TempDir
    Path temporary;

    @ParameterizedTest(name = "-Xmx{0}m")
    @ValueSource(ints = {64, 128})
    void aSlowDiskIsWaitedForAndNeitherMemoryNorRecordsAreLost(int heapMebibytes) throws Exception {
        Strace.require();
        long seed = Experiment.seed();
        int seconds = Experiment.count(3, 30);
        Path directory = temporary.resolve("log");
        Checker checker = Checker.of("slow disk, -Xmx%dm, seed %d".formatted(heapMebibytes, seed));
        LogProcess.Start start = LogProcess.Start.usual(directory, notes(), seed, 0)
                .withHeap(heapMebibytes + "m")
                .with(OVERLOAD);
        try (LogProcess process = LogProcess.start(start)) {
            process.awaitReady();
            Phase before = watch(process, seconds);
            Phase slow;
            try (Strace strace = Strace.delayingSyncs(process.pid(), DELAY_MICROS, notes().resolve("strace.txt"))) {
                slow = watch(process, seconds);
            }
            Phase after = watch(process, seconds);
            process.command("stop");
            String busy = process.await("stopped ");
            process.kill();
            process.tell(checker);
            Experiment.print("slow disk, -Xmx%dm: before %s, slow %s, after %s, appends refused as busy: %s (seed %d)"
                    .formatted(heapMebibytes, before, slow, after, busy, seed));

            long bound = heapMebibytes * MEBIBYTE + BESIDE_HEAP_BYTES;
            assertThat(slow.residentBytes())
                    .as("memory while the disk was slow")
                    .isLessThan(bound);
            assertThat(after.residentBytes()).as("memory afterwards").isLessThan(bound);
            assertThat(after.ackedBytesPerSecond())
                    .as("throughput afterwards; before it was %s", before)
                    .isGreaterThan(before.ackedBytesPerSecond() / 4);
            assertThat(checker.failure()).isEmpty();
        }
        checker.cycle("restarted");
        try (LogProcess process = LogProcess.start(LogProcess.Start.usual(directory, notes(), seed, 100)
                .withHeap(heapMebibytes + "m")
                .with(OVERLOAD.silent()))) {
            process.awaitReady();
            process.kill();
            process.tell(checker);
        }
        checker.assertClean();
    }

    /** The memory at its largest and the data that was acknowledged during a part of the experiment. */
    private record Phase(long residentBytes, long ackedBytesPerSecond) {
        @Override
        public String toString() {
            return "%d MiB/s with %d MiB resident".formatted(ackedBytesPerSecond / MEBIBYTE, residentBytes / MEBIBYTE);
        }
    }

    private static Phase watch(LogProcess process, int seconds) throws IOException, InterruptedException {
        long largest = 0;
        long ackedBefore = process.ackedBytes();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(seconds)) {
            Thread.sleep(SAMPLE_MILLIS);
            assertThat(process.alive())
                    .as("the process lives; %s", process.output())
                    .isTrue();
            largest = Math.max(largest, process.residentBytes());
        }
        return new Phase(largest, (process.ackedBytes() - ackedBefore) / seconds);
    }

    private Path notes() throws IOException {
        return Files.createDirectories(temporary.resolve("notes"));
    }
}
