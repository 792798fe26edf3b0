package io.millrace.durable.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can lose power, fail, stand still and run full.
 *
 * <p>What survives a power loss: of every file, what was synced; of every sector of {@value #SECTOR_BYTES} bytes that was
 * written since, any state that it has had; of the names in a directory, those that were synced and any number of the
 * oldest changes since. That is less than any journaling file system keeps. Directories themselves are durable at once.
 * Thread-safe.
 */
public final class SimulatedDisk implements Disk {
    private static final int SECTOR_BYTES = 512;

    /** A file by itself, without a name. */
    private static final class Node {
        private byte[] content = new byte[0];
        private byte[] synced = new byte[0];
        /** The shortest that the file has been since it was synced. */
        private int shortest = Integer.MAX_VALUE;

        private final List<Write> unsynced = new ArrayList<>();
    }

    private record Write(int position, byte[] bytes) {
        private Write cutAt(int length) {
            int kept = Math.max(0, Math.min(bytes.length, length - position));
            return kept == bytes.length ? this : new Write(position, Arrays.copyOf(bytes, kept));
        }
    }

    /** A change of names; {@code node} is null for a removal. */
    private record NameChange(Path name, Node node, Path removed) {}

    private final Map<Path, Node> names = new TreeMap<>();
    private final Set<Path> directories = new TreeSet<>();
    private final Map<Path, Node> syncedNames = new HashMap<>();
    private final Map<Path, List<NameChange>> changes = new HashMap<>();
    private long capacity = 1L << 40;
    private final Map<Operation, String> failing = new EnumMap<>(Operation.class);
    private int writesBeforeFailure;
    private @Nullable Error nextOpenError;
    private @Nullable Runnable beforeNextOpen;
    private @Nullable Runnable beforeNextRead;
    private String failOnly = "";
    private volatile SyncHook beforeSyncs = name -> {};

    /** What can be asked to fail, each for names of its own. */
    private enum Operation {
        WRITE,
        SYNC,
        OPEN,
        DELETE,
        DIRECTORY_SYNC
    }

    /** Something that happens before a sync. */
    @FunctionalInterface
    public interface SyncHook {
        void accept(String fileName) throws Exception;
    }

    /** The next write to a file whose name contains a text fails, with half of its bytes written. */
    public void failNextWrite(String nameContains) {
        failWriteAfter(0, nameContains);
    }

    /** As that, after so many writes to such files that go well. */
    public synchronized void failWriteAfter(int writes, String nameContains) {
        failing.put(Operation.WRITE, nameContains);
        writesBeforeFailure = writes;
    }

    /** The next sync of a file whose name contains a text fails; later ones succeed, which is the dangerous case. */
    public synchronized void failNextSync(String nameContains) {
        failing.put(Operation.SYNC, nameContains);
    }

    /** The next file whose name contains a text cannot be opened for writing, as when too many are open. */
    public synchronized void failNextOpen(String nameContains) {
        failing.put(Operation.OPEN, nameContains);
    }

    /** The next file whose name contains a text is met with something worse than a failure. */
    public synchronized void breakNextOpen(String nameContains, Error error) {
        nextOpenError = error;
        failOnly = nameContains;
    }

    /** Something happens just before the next file whose name contains a text is opened for writing. */
    public synchronized void beforeNextOpen(String nameContains, Runnable what) {
        beforeNextOpen = what;
        failOnly = nameContains;
    }

    /** Something happens just before the next file whose name contains a text is opened for reading. */
    public synchronized void beforeNextRead(String nameContains, Runnable what) {
        beforeNextRead = what;
        failOnly = nameContains;
    }

    /** The next file whose name contains a text cannot be removed. */
    public synchronized void failNextDelete(String nameContains) {
        failing.put(Operation.DELETE, nameContains);
    }

    /** The next sync of a directory of this name fails. */
    public synchronized void failNextDirectorySync(String name) {
        failing.put(Operation.DIRECTORY_SYNC, name);
    }

    /** Nothing fails any more unless it is asked for again. */
    public synchronized void forgetFailures() {
        failing.clear();
    }

    /** Tells whether an operation on a file is to fail. If it is, it is the only one. */
    private boolean fails(Operation operation, Path file) {
        String nameContains = failing.get(operation);
        return nameContains != null
                && file.toString().contains(nameContains)
                && failing.remove(operation, nameContains);
    }

    /** Makes every sync wait until the latch is released. */
    public void holdSyncs(CountDownLatch latch) {
        beforeSyncs(name -> latch.await());
    }

    /** Something happens before each sync, on its thread. */
    public void beforeSyncs(SyncHook hook) {
        beforeSyncs = hook;
    }

    /** Sets how much all files together may hold. */
    public synchronized void setCapacity(long bytes) {
        capacity = bytes;
    }

    public synchronized long usedBytes() {
        return names.values().stream().mapToLong(node -> node.content.length).sum();
    }

    /** Returns all files and their lengths. */
    public synchronized Map<Path, Integer> files() {
        Map<Path, Integer> lengths = new TreeMap<>();
        names.forEach((name, node) -> lengths.put(name, node.content.length));
        return lengths;
    }

    public synchronized byte[] content(Path file) {
        return names.get(file).content.clone();
    }

    /** Changes a file behind everybody's back. */
    public synchronized void damage(Path file, byte[] content) {
        Node node = new Node();
        node.content = content.clone();
        node.synced = content.clone();
        names.put(file, node);
        syncedNames.put(file, node);
    }

    /** Returns the disk as it is, everything on stable storage: as a killed process leaves it. */
    public synchronized SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk();
        copy.capacity = capacity;
        copy.directories.addAll(directories);
        names.forEach((name, node) -> copy.damage(name, node.content));
        return copy;
    }

    /** Returns the disk as it may be found after the power went. */
    public synchronized SimulatedDisk afterPowerLoss(RandomGenerator random) {
        Map<Path, Node> surviving = new TreeMap<>(syncedNames);
        changes.values().forEach(list -> {
            int kept = random.nextInt(list.size() + 1);
            for (NameChange change : list.subList(0, kept)) {
                apply(change, surviving);
            }
        });
        SimulatedDisk after = new SimulatedDisk();
        after.capacity = capacity;
        after.directories.addAll(directories);
        surviving.forEach((name, node) -> after.damage(name, survivingContent(node, random)));
        return after;
    }

    private static byte[] survivingContent(Node node, RandomGenerator random) {
        int length = node.synced.length;
        if (node.content.length != length && random.nextBoolean()) {
            length = node.content.length;
        }
        byte[] result = Arrays.copyOf(node.synced, length);
        if (node.shortest < node.synced.length
                && random.nextBoolean()) { // what was cut off comes back as zeros, or as it was
            Arrays.fill(result, Math.min(node.shortest, length), Math.min(node.synced.length, length), (byte) 0);
        }
        for (int sector = 0; sector < length; sector += SECTOR_BYTES) {
            int end = Math.min(sector + SECTOR_BYTES, length);
            List<Write> touching = new ArrayList<>();
            for (Write write : node.unsynced) {
                if (write.position < end && write.position + write.bytes.length > sector) {
                    touching.add(write);
                }
            }
            int kept = touching.isEmpty() ? 0 : random.nextInt(touching.size() + 1);
            for (Write write : touching.subList(0, kept)) {
                int from = Math.max(sector, write.position);
                int to = Math.min(end, write.position + write.bytes.length);
                System.arraycopy(write.bytes, from - write.position, result, from, to - from);
            }
        }
        return result;
    }

    @Override
    public synchronized DiskFile openForRead(Path file) throws IOException {
        Runnable before = beforeNextRead;
        if (before != null && file.toString().contains(failOnly)) {
            beforeNextRead = null;
            before.run();
        }
        return new OpenFile(file, node(file));
    }

    private Node node(Path file) throws NoSuchFileException {
        Node node = names.get(file);
        if (node == null) {
            throw new NoSuchFileException(file.toString());
        }
        return node;
    }

    @Override
    public synchronized DiskFile openForWrite(Path file) throws IOException {
        if (fails(Operation.OPEN, file)) {
            throw new IOException("injected: too many open files");
        }
        Runnable before = beforeNextOpen;
        if (before != null && file.toString().contains(failOnly)) {
            beforeNextOpen = null;
            before.run();
        }
        Error error = nextOpenError;
        if (error != null && file.toString().contains(failOnly)) {
            nextOpenError = null;
            throw error;
        }
        Node node = names.get(file);
        if (node == null) {
            node = new Node();
            change(new NameChange(file, node, null));
        }
        return new OpenFile(file, node);
    }

    private void change(NameChange change) {
        apply(change, names);
        changes.computeIfAbsent(change.name().getParent(), d -> new ArrayList<>())
                .add(change);
    }

    private static void apply(NameChange change, Map<Path, Node> target) {
        if (change.removed() != null) {
            target.remove(change.removed());
        }
        if (change.node() == null) {
            target.remove(change.name());
        } else {
            target.put(change.name(), change.node());
        }
    }

    @Override
    public synchronized boolean exists(Path file) {
        return names.containsKey(file);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        return Stream.concat(names.keySet().stream(), directories.stream())
                .filter(name -> directory.equals(name.getParent()))
                .toList();
    }

    @Override
    public synchronized void createDirectories(Path directory) {
        for (Path path = directory; path != null; path = path.getParent()) {
            directories.add(path);
        }
    }

    @Override
    public synchronized boolean isDirectory(Path directory) {
        return directories.contains(directory);
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        directories.remove(file);
        if (fails(Operation.DELETE, file)) {
            throw new IOException("injected: %s was not removed".formatted(file));
        }
        if (names.containsKey(file)) {
            change(new NameChange(file, null, null));
        }
    }

    @Override
    public synchronized void move(Path from, Path to) throws IOException {
        change(new NameChange(to, node(from), from));
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        String failingName = failing.get(Operation.DIRECTORY_SYNC);
        if (failingName != null && directory.endsWith(failingName)) {
            failing.remove(Operation.DIRECTORY_SYNC);
            throw new IOException("injected: the sync of %s failed".formatted(directory));
        }
        List<NameChange> pending = changes.remove(directory);
        if (pending != null) {
            pending.forEach(change -> apply(change, syncedNames));
        }
    }

    @Override
    public synchronized long usableBytes(Path directory) {
        return Math.max(0, capacity - usedBytes());
    }

    @Override
    public synchronized long totalBytes(Path directory) {
        return capacity;
    }

    private final class OpenFile implements DiskFile {
        private final Path name;
        private final Node node;

        OpenFile(Path name, Node node) {
            this.name = name;
            this.node = node;
        }

        @Override
        public int read(ByteBuffer target, long position) {
            synchronized (SimulatedDisk.this) {
                int count = (int) Math.max(0, Math.min(target.remaining(), node.content.length - position));
                target.put(node.content, (int) Math.min(position, node.content.length), count);
                return count;
            }
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            synchronized (SimulatedDisk.this) {
                byte[] bytes = new byte[source.remaining()];
                source.get(bytes);
                String failingName = failing.get(Operation.WRITE);
                if (failingName != null && name.toString().contains(failingName) && writesBeforeFailure-- == 0) {
                    failing.remove(Operation.WRITE);
                    put(Arrays.copyOf(bytes, bytes.length / 2), (int) position);
                    throw new IOException("injected: the write failed after %d bytes".formatted(bytes.length / 2));
                }
                long growth = Math.max(0, position + bytes.length - node.content.length);
                if (growth > 0 && usedBytes() + growth > capacity) {
                    throw new IOException("No space left on device");
                }
                put(bytes, (int) position);
            }
        }

        private void put(byte[] bytes, int position) {
            if (position + bytes.length > node.content.length) {
                node.content = Arrays.copyOf(node.content, position + bytes.length);
            }
            System.arraycopy(bytes, 0, node.content, position, bytes.length);
            node.unsynced.add(new Write(position, bytes));
        }

        @Override
        public void truncate(long length) {
            synchronized (SimulatedDisk.this) {
                if (length < node.content.length) {
                    node.content = Arrays.copyOf(node.content, (int) length);
                    node.shortest = Math.min(node.shortest, (int) length);
                    node.unsynced.replaceAll(write -> write.cutAt((int) length));
                    node.unsynced.removeIf(write -> write.bytes.length == 0);
                }
            }
        }

        @Override
        public long length() {
            synchronized (SimulatedDisk.this) {
                return node.content.length;
            }
        }

        @Override
        public void sync() throws IOException {
            try {
                beforeSyncs.accept(name.toString());
            } catch (Exception e) {
                throw new IOException(e);
            }
            synchronized (SimulatedDisk.this) {
                if (fails(Operation.SYNC, name)) {
                    node.unsynced.clear(); // the kernel forgets what it could not write
                    throw new IOException("injected: the sync failed");
                }
                if (!node.unsynced.isEmpty() || node.synced.length != node.content.length) {
                    node.synced = node.content.clone();
                    node.unsynced.clear();
                    node.shortest = Integer.MAX_VALUE;
                }
            }
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
