package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.ingest.log.Damage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The files of a write-ahead log as an earlier run has left them. Immutable.
 *
 * @param sources those with frames, in the order of their segment numbers
 * @param blank those that were never written to
 * @param nameless those whose headers are both damaged: nobody knows which frames they had
 * @param unfinished those that were being made
 */
record WalListing(List<WalReplay.Source> sources, List<WalSlot> blank, List<WalSlot> nameless, List<Path> unfinished) {

    /** Looks at every file and changes nothing. */
    static WalListing of(Disk disk, Path directory, DamageReport damages) throws IOException {
        List<WalReplay.Source> sources = new ArrayList<>();
        List<WalSlot> blank = new ArrayList<>();
        List<WalSlot> nameless = new ArrayList<>();
        List<Path> unfinished = new ArrayList<>();
        for (Path file : disk.list(directory)) {
            if (WalPool.isUnfinished(file)) {
                unfinished.add(file);
            }
            if (WalPool.isSlot(file)) {
                try (DiskFile opened = disk.openForRead(file)) {
                    WalSlot slot = new WalSlot(file, opened.length());
                    WalSegment.Header header = WalSegment.Header.read(opened);
                    if (header != null) {
                        sources.add(new WalReplay.Source(slot, header));
                    } else if (WalSegment.Header.isBlank(opened)) {
                        blank.add(slot);
                    } else {
                        nameless.add(slot);
                        damages.add(new Damage(
                                "wal/" + file.getFileName(),
                                0,
                                "both headers are damaged: nobody knows which frames it had; it is kept as "
                                        + asideName(slot)));
                    }
                }
            }
        }
        sources.sort(Comparator.comparingLong(source -> source.header().number()));
        return new WalListing(List.copyOf(sources), List.copyOf(blank), List.copyOf(nameless), List.copyOf(unfinished));
    }

    /** Returns the name under which recovery keeps a file that nobody can read. */
    static String asideName(WalSlot slot) {
        return slot.file().getFileName() + ".damaged";
    }

    /** Returns how many of the sources, the oldest, hold nothing from a frame on. */
    int countBefore(long frame) {
        int count = 0;
        while (count + 1 < sources.size() && sources.get(count + 1).header().firstFrame() <= frame) {
            count++;
        }
        return count;
    }
}
