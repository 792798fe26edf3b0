package io.millrace.video.fragments;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.disk.FileSystemDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A fragment store in a directory of its own, and what was put into it. */
abstract class FragmentStoreCase {
    static final long STREAM = 7;
    static final long OTHER = 8;
    static final FragmentSettings SETTINGS = new FragmentSettings(1024 * 1024, 1024 * 1024);
    static final FragmentHead HEAD = new FragmentHead("head".getBytes(StandardCharsets.US_ASCII));

    @TempDir
    Path directory;

    FragmentStore store;
    final Map<Long, byte[]> stored = new HashMap<>();

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
        }
    }

    void open(Long... streams) throws IOException {
        openOn(new FileSystemDisk());
        for (long stream : streams) {
            store.create(stream);
        }
    }

    void openOn(Disk disk, Long... streams) throws IOException {
        store = FragmentStore.open(
                directory,
                Set.of(streams),
                SETTINGS,
                new FragmentStore.Environment(disk, DiskGuard.of(directory), new FragmentStore.OwnThread()));
    }

    void openAgain(Long... streams) throws IOException {
        openOn(new FileSystemDisk(), streams);
    }

    void reopen(Long... streams) throws IOException {
        store.close();
        openAgain(streams);
    }

    /** Leaves the files as a killed process does: without a seal and without a checkpoint. */
    void crash() throws IOException {
        Path newest = newestSegment();
        byte[] unsealed = Files.readAllBytes(newest);
        Map<Path, byte[]> state = new HashMap<>();
        for (String name : List.of("state/index-checkpoint.json", "state/epoch.json")) {
            state.put(directory.resolve(name), Files.readAllBytes(directory.resolve(name)));
        }
        store.close();
        Files.write(newest, unsealed);
        for (Map.Entry<Path, byte[]> document : state.entrySet()) {
            Files.write(document.getKey(), document.getValue());
        }
    }

    void put(long stream, int i, int length) throws Exception {
        NewFragment fragment = fragment(i, length);
        stored.put(fragment.number(), toBytes(fragment));
        store.append(stream, fragment).get(5, TimeUnit.SECONDS);
    }

    NewFragment fragment(int i, int length) {
        ByteBuffer bytes = bytes(i, length);
        return new NewFragment(
                store.nextNumber(),
                timeOf(i),
                HEAD,
                List.of(bytes.slice(0, length / 3), bytes.slice(length / 3, length - length / 3)));
    }

    static FragmentTime timeOf(int i) {
        return new FragmentTime(1_000_000 + 1000L * i, 5_000_000 + 900L * i, 1000);
    }

    static ByteBuffer bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    static byte[] toBytes(NewFragment fragment) {
        ByteBuffer all = ByteBuffer.allocate(fragment.payloadBytes());
        fragment.payload().forEach(piece -> all.put(piece.duplicate()));
        return all.array();
    }

    StreamIndex index(long stream) {
        return store.index(stream).orElseThrow();
    }

    List<FragmentEntry> entries(long stream) throws IOException {
        List<FragmentEntry> entries = new ArrayList<>();
        StreamIndex.Page page = index(stream).page(0);
        while (!page.entries().isEmpty()) {
            entries.addAll(page.entries());
            page = index(stream).page(page.end());
        }
        return entries;
    }

    void assertAllReadable(long stream) throws IOException {
        assertThat(entries(stream)).isNotEmpty();
        for (FragmentEntry entry : entries(stream)) {
            assertThat(read(entry)).isEqualTo(stored.get(entry.number()));
        }
    }

    byte[] read(FragmentEntry entry) throws IOException {
        try (FragmentReader reader = store.reader()) {
            ByteBuffer head = reader.begin(entry).orElseThrow();
            assertThat(head).isEqualTo(HEAD.bytes());
            ByteBuffer all = ByteBuffer.allocate(entry.payloadBytes());
            while (reader.remaining() > 0) {
                int count = Math.min(7001, all.remaining());
                ByteBuffer piece = all.slice(all.position(), count);
                reader.read(piece);
                all.position(all.position() + piece.position());
            }
            return all.array();
        }
    }

    List<Path> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("segments"))) {
            return files.sorted().toList();
        }
    }

    Path newestSegment() throws IOException {
        List<Path> files = segmentFiles();
        return files.get(files.size() - 1);
    }

    static Path only(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    static void flipByte(Path file, long position) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(position);
            int before = open.read();
            open.seek(position);
            open.write(before ^ 0x10);
        }
    }
}
