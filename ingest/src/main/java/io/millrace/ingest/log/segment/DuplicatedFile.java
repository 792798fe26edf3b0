package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small file that a log cannot do without, kept twice, as {@code NAME.a} and {@code NAME.b}. Each is replaced as a
 * whole.
 *
 * <pre>
 *  offset  size  field
 *       0     8  version: grows by one with each save
 *       8     4  length of the content
 *      12     4  CRC32C of the content
 *      16     4  CRC32C of the bytes before
 *      20        content
 * </pre>
 *
 * <p>When {@link #save} has returned, both copies are on stable storage. Confined to one thread at a time.
 */
final class DuplicatedFile {
    private static final int HEADER_BYTES = 20;

    private final Disk disk;
    private final Path directory;
    private final String name;
    private long version;

    DuplicatedFile(Disk disk, Path directory, String name) {
        this.disk = disk;
        this.directory = directory;
        this.name = name;
    }

    private record Copy(long version, byte[] content) {}

    /**
     * Returns the content that was saved last; nothing if none ever was.
     *
     * @throws CorruptLogException if neither copy can be read
     */
    byte @Nullable [] load(DamageReport damages) throws IOException {
        Copy newest = null;
        Damage damage = null;
        for (String copyName : copies()) {
            if (!disk.exists(directory.resolve(copyName))) {
                continue; // the first save was interrupted, or there never was one
            }
            try {
                Copy copy = read(directory.resolve(copyName), copyName);
                if (newest == null || copy.version() > newest.version()) {
                    newest = copy;
                }
            } catch (DamagedCopy e) {
                damage = damages.add(e.damage);
            }
        }
        if (newest == null && damage != null) {
            throw new CorruptLogException(damage);
        }
        version = newest == null ? 0 : newest.version();
        return newest == null ? null : newest.content();
    }

    void save(byte[] content) throws IOException {
        version++;
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(version).putInt(content.length).putInt(Checksum.of(content, 0, content.length));
        header.putInt(Checksum.of(header.array(), 0, HEADER_BYTES - Integer.BYTES));
        for (String copyName : copies()) {
            disk.replace(directory, copyName, header.duplicate().flip(), ByteBuffer.wrap(content));
        }
    }

    private List<String> copies() {
        return List.of(name + ".a", name + ".b");
    }

    private static final class DamagedCopy extends Exception {
        private final transient Damage damage;

        DamagedCopy(Damage damage) {
            super(damage.toString());
            this.damage = damage;
        }
    }

    private Copy read(Path path, String copyName) throws IOException, DamagedCopy {
        try (DiskFile file = disk.openForRead(path)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.length()));
            file.read(bytes, 0);
            bytes.flip();
            if (bytes.limit() < HEADER_BYTES
                    || bytes.getInt(16) != Checksum.of(bytes.array(), 0, HEADER_BYTES - Integer.BYTES)
                    || bytes.getInt(8) != bytes.limit() - HEADER_BYTES
                    || bytes.getInt(12) != Checksum.of(bytes.array(), HEADER_BYTES, bytes.limit() - HEADER_BYTES)) {
                throw new DamagedCopy(new Damage(copyName, 0, "this copy is damaged"));
            }
            byte[] content = new byte[bytes.limit() - HEADER_BYTES];
            bytes.get(HEADER_BYTES, content);
            return new Copy(bytes.getLong(0), content);
        }
    }
}
