package io.millrace.ingest.log.segment;

import static io.millrace.ingest.log.ShardLogContract.batch;
import static io.millrace.ingest.log.ShardLogContract.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.disk.FileSystemDisk;
import io.millrace.durable.time.MovableClock;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code millrace log} sees of a log that nobody has open. */
class LogInspectionTest {
    private static final int LARGE_BYTES = 200_000;

    @TempDir
    Path directory;

    @BeforeEach
    void makeLog() throws Exception {
        try (EmbeddedShardLog log = open()) {
            log.append(List.of(batch(0, "a", "b"), batch(7, "other"))).get();
            log.append(List.of(new ShardBatch(1, List.of(new NewRecord(new byte[1], new byte[LARGE_BYTES])))))
                    .get();
            log.append(List.of(batch(1, "after the large one"))).get();
        }
        try (EmbeddedShardLog log = open()) {
            log.append(List.of(batch(0, "c"))).get();
        }
    }

    private EmbeddedShardLog open() throws IOException {
        return EmbeddedShardLog.open(directory, new Durability.Fsync(), new MovableClock());
    }

    @Test
    void aWholeLogIsFoundWholeAndNothingIsChanged() throws Exception {
        Map<Path, FileTime> before = files();
        List<String> progress = new ArrayList<>();

        LogInspection log = new LogInspection(directory, new PlainKeys());

        assertThat(log.verify(progress::add)).isEmpty();
        assertThat(progress).anyMatch(line -> line.contains("3 shards"));
        assertThat(log.shards()).containsExactly(0L, 1L, 7L);
        assertThat(log.endOffset(0)).isEqualTo(3);
        assertThat(dumped(log, 0, 0)).containsExactly("a", "b", "c");
        assertThat(dumped(log, 0, 2)).containsExactly("c");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void aDamagedShardFileIsNamedWithThePositionAndTheRestIsShown() throws Exception {
        Path file = directory.resolve("shards/1-0.seg");
        byte[] content = Files.readAllBytes(file);
        content[LARGE_BYTES / 2] ^= 4;
        Files.write(file, content);

        LogInspection log = new LogInspection(directory, new PlainKeys());

        List<Damage> damages = log.verify(line -> {});
        assertThat(damages).hasSize(1);
        assertThat(damages.get(0).file()).isEqualTo("shards/1-0.seg");
        assertThat(damages.get(0).position()).isZero();
        assertThat(dumped(log, 0, 0)).containsExactly("a", "b", "c");
        List<String> told = new ArrayList<>();
        log.dump(1, 0, 10, record -> {}, told::add);
        assertThat(told).singleElement().asString().contains("1-0.seg");
    }

    @Test
    void aWriteAheadFileThatLostBothItsHeadersIsNotTakenForABlankOne() throws Exception {
        Path file = oneWithFrames();
        byte[] content = Files.readAllBytes(file);
        content[0] ^= 1;
        content[content.length - WalSegment.PAGE_BYTES] ^= 1;
        Files.write(file, content);

        List<Damage> damages = new LogInspection(directory, new PlainKeys()).verify(line -> {});

        assertThat(damages).extracting(Damage::file).contains("wal/" + file.getFileName());
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    private Path oneWithFrames() throws IOException {
        WalListing listing = WalListing.of(new FileSystemDisk(), directory.resolve("wal"), new DamageReport());
        return listing.sources().get(0).slot().file();
    }

    private List<String> dumped(LogInspection log, long shard, long from) throws IOException {
        List<StoredRecord> records = new ArrayList<>();
        log.dump(shard, from, 100, records::add, damage -> records.clear());
        return texts(records);
    }

    private Map<Path, FileTime> files() throws IOException {
        Map<Path, FileTime> times = new TreeMap<>();
        try (Stream<Path> walked = Files.walk(directory)) {
            for (Path file : walked.toList()) {
                times.put(file, Files.getLastModifiedTime(file));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return times;
    }
}
