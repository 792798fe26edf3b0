package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.durable.disk.DiskFile;
import io.millrace.ingest.log.Damage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads the write-ahead log from a frame on, and tells torn ends from damage. Changes nothing.
 *
 * <p>A frame that is not whole is damaged, and not torn, if it must have been on stable storage: a later frame says so,
 * or a later file exists (one is begun only when the one before it is synced). It is damaged too if a single bit
 * explains what is wrong, for a torn write leaves whole sectors. Everything else ends the log: it was never
 * acknowledged.
 *
 * <p>Confined to one thread.
 */
final class WalReplay {

    /** A file of the write-ahead log in its present life. */
    record Source(WalSlot slot, WalSegment.Header header) {}

    /** Takes what is found, oldest first. */
    interface Sink {
        void frame(Frame frame) throws IOException;

        /** A frame whose payload is damaged; its header says whose it was. */
        void damagedFrame(Frame header, Damage damage) throws IOException;

        /** Frames of which nothing is known but their numbers. */
        void missingFrames(long firstNumber, long count, Damage damage) throws IOException;

        /** A damage that took nothing. */
        void mended(Damage damage);
    }

    private final Disk disk;
    private final Sink sink;
    private long next;
    private Ending ending = new Ending(0, List.of());

    /** @param firstNumber the first frame that is wanted */
    WalReplay(Disk disk, long firstNumber, Sink sink) {
        this.disk = disk;
        this.next = firstNumber;
        this.sink = sink;
    }

    /**
     * Reads files in the order of their segment numbers, of which none lies wholly before the first frame wanted.
     *
     * @return the number that the next frame will have
     */
    long run(List<Source> sources) throws IOException {
        for (int i = 0; i < sources.size(); i++) {
            Source source = sources.get(i);
            boolean last = i == sources.size() - 1;
            long end = last ? Long.MAX_VALUE : sources.get(i + 1).header().firstFrame();
            long first = source.header().firstFrame();
            if (first > next) {
                missing(next, first, nameOf(source), 0, "a file before this one is gone");
            }
            try (DiskFile file = disk.openForRead(source.slot().file())) {
                OneFile frames = new OneFile(
                        nameOf(source), new WalReader(file, source.header().salt()), end);
                frames.run(first);
                long cut = source.header().fileBytes() - source.slot().sizeBytes();
                if (cut > 0 && last) {
                    long most = cut / Frame.HEADER_BYTES + 1;
                    missing(next, next + most, nameOf(source), source.slot().sizeBytes(), "the file was cut off");
                }
            }
        }
        return next;
    }

    /**
     * What is to be known of the last file before it can be relied on.
     *
     * @param framesEndAt where the frames that were read end
     * @param mended the frames among them whose headers are not so in the file
     */
    record Ending(long framesEndAt, List<Mended> mended) {}

    /** The header of a frame as it has to be, and where. */
    record Mended(long position, Frame header) {}

    Ending ending() {
        return ending;
    }

    private static String nameOf(Source source) {
        return "wal/" + source.slot().file().getFileName();
    }

    private void missing(long from, long end, String file, long position, String what) throws IOException {
        Damage damage = new Damage(
                file, position, String.format(Locale.ROOT, "%s: frames %d to %d are lost", what, from, end - 1));
        if (end > next) {
            long first = Math.max(from, next);
            sink.missingFrames(first, end - first, damage);
            next = end;
        } else {
            sink.mended(damage); // older than the checkpoint: the shard files have it
        }
    }

    /** The frames of one file. */
    private final class OneFile {
        private final String name;
        private final WalReader reader;
        private final long end;
        private final List<Mended> mendedHeaders = new ArrayList<>();
        private long position = WalSegment.FIRST_FRAME_AT;
        private long number;

        /** @param end the first frame of the next file; the largest long when there is none */
        OneFile(String name, WalReader reader, long end) {
            this.name = name;
            this.reader = reader;
            this.end = end;
        }

        void run(long first) throws IOException {
            number = first;
            boolean more = true;
            while (more && number < end) {
                more = step();
            }
            ending = new Ending(position < 0 ? reader.size() : position, mendedHeaders);
        }

        /** Deals with the next frame. Returns whether there may be another. */
        private boolean step() throws IOException {
            Frame header = reader.header(position);
            boolean mended = false;
            if (header == null) {
                header = reader.mendedHeader(position);
                mended = header != null;
            }
            if (header == null || header.number() != number) {
                return skipDamage();
            }
            if (mended
                    && number >= next
                    && wasSynced(position + 1)) { // else it may have been torn so that it looks like this
                sink.mended(new Damage(
                        name,
                        position,
                        String.format(Locale.ROOT, "the header of frame %d had one wrong bit", number)));
            }
            Frame frame = reader.frame(header, position);
            if (frame.hasValidPayload()) {
                if (number >= next) {
                    sink.frame(frame);
                }
                if (mended) {
                    mendedHeaders.add(new Mended(position, header));
                }
            } else if (frame.isPayloadOffByOneBit() || wasSynced(position + 1)) {
                if (number >= next) {
                    sink.damagedFrame(
                            frame,
                            new Damage(name, position, String.format(Locale.ROOT, "frame %d is damaged", number)));
                }
            } else {
                return false;
            }
            position += frame.sizeBytes();
            number++;
            next = Math.max(next, number);
            return true;
        }

        /** Goes on behind frames that cannot be read, if they must have been there. */
        private boolean skipDamage() throws IOException {
            if (!wasSynced(position + 1)) {
                return false;
            }
            long damagedAt = position;
            long found = reader.findHeader(position + 1, number + 1, end);
            Frame header = found < 0 ? null : reader.header(found);
            long resumed = header == null ? end : header.number();
            missing(number, resumed, name, damagedAt, "damaged");
            position = found;
            number = resumed;
            return found >= 0;
        }

        /** Tells whether the frame of the present number was on stable storage, by what lies behind a position. */
        private boolean wasSynced(long behind) throws IOException {
            if (end != Long.MAX_VALUE) {
                return true;
            }
            long highest = number + reader.size();
            long at = reader.findHeader(behind, number + 1, highest);
            while (at >= 0) {
                Frame header = reader.header(at);
                if (header != null && header.syncedNumber() >= number) {
                    return true;
                }
                at = reader.findHeader(at + 1, number + 1, highest);
            }
            return false;
        }
    }
}
