package io.millrace.ingest.log.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A journal in a file: one line for each event, its name first.
 *
 * <p>What was sent and acknowledged is with the operating system when the call returns, and so outlives the process. A
 * line without its end was torn by a kill and says nothing. Thread-safe.
 */
final class JournalFile implements Journal, Closeable {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final OutputStream out;

    private JournalFile(OutputStream out) {
        this.out = out;
    }

    static JournalFile create(Path file) throws IOException {
        return new JournalFile(
                new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), BUFFER_BYTES));
    }

    /** Tells another journal what a file says. A file that was not begun says nothing. */
    static void replay(Path file, Journal target) throws IOException {
        replay(file, Long.MAX_VALUE, target);
    }

    /** The same, but for acknowledgements that were written behind a position in bytes. */
    static void replay(Path file, long acknowledgedBytes, Journal target) throws IOException {
        String content = Files.exists(file) ? Files.readString(file, ISO_8859_1) : "";
        int begin = 0;
        for (int end = content.indexOf('\n'); end >= 0; end = content.indexOf('\n', begin)) {
            String line = content.substring(begin, end);
            begin = end + 1;
            if (begin <= acknowledgedBytes || !line.startsWith("acked ")) {
                replayLine(line, target);
            }
        }
    }

    private static void replayLine(String line, Journal target) {
        String[] words = line.split(" ", 2);
        if (words.length == 1) {
            if (line.equals("reading")) {
                target.readingBegins();
            } else {
                target.readingEnds();
            }
            return;
        }
        switch (words[0]) {
            case "unreadable" -> {
                String[] fields = words[1].split(" ", 4);
                target.unreadable(
                        Long.parseLong(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[2]), fields[3]);
            }
            case "refused", "damaged" -> {
                String[] fields = words[1].split(" ", 3);
                replayText(words[0], Long.parseLong(fields[0]), Long.parseLong(fields[1]), fields[2], target);
            }
            default ->
                replayNumbers(
                        words[0],
                        Arrays.stream(words[1].split(" "))
                                .mapToLong(Long::parseLong)
                                .toArray(),
                        target);
        }
    }

    private static void replayText(String event, long shard, long number, String text, Journal target) {
        if (event.equals("refused")) {
            target.refused(shard, number, text);
        } else {
            target.damaged(shard, number, text);
        }
    }

    private static void replayNumbers(String event, long[] n, Journal target) {
        switch (event) {
            case "sent" ->
                target.sent(
                        n[0],
                        n[1],
                        Arrays.stream(n, 2, n.length).mapToInt(Math::toIntExact).toArray());
            case "acked" -> target.acked(n[0], n[1], (int) n[2], n[3], n[4]);
            case "trimmed" -> target.trimmed(n[0], n[1]);
            case "read" -> target.read(n[0], n[1], n[2], n[3], (int) n[4]);
            case "end" -> target.shardEnds(n[0], n[1], n[2]);
            default ->
                throw new IllegalArgumentException("journal: %s (expected: the name of an event)".formatted(event));
        }
    }

    @Override
    public void sent(long shard, long firstId, int[] lengthsInBytes) {
        StringBuilder line =
                new StringBuilder("sent ").append(shard).append(' ').append(firstId);
        for (int length : lengthsInBytes) {
            line.append(' ').append(length);
        }
        write(line.toString(), true);
    }

    @Override
    public void acked(long shard, long firstId, int count, long firstOffset, long arrivalEpochMillis) {
        write("acked %d %d %d %d %d".formatted(shard, firstId, count, firstOffset, arrivalEpochMillis), true);
    }

    @Override
    public void refused(long shard, long firstId, String why) {
        write("refused %d %d %s".formatted(shard, firstId, oneLine(why)), true);
    }

    @Override
    public void trimmed(long shard, long beforeEpochMillis) {
        write("trimmed %d %d".formatted(shard, beforeEpochMillis), true);
    }

    @Override
    public void readingBegins() {
        write("reading", true);
    }

    @Override
    public void read(long shard, long offset, long arrivalEpochMillis, long id, int lengthInBytes) {
        write("read %d %d %d %d %d".formatted(shard, offset, arrivalEpochMillis, id, lengthInBytes), false);
    }

    @Override
    public void damaged(long shard, long offset, String how) {
        write("damaged %d %d %s".formatted(shard, offset, oneLine(how)), false);
    }

    @Override
    public void unreadable(long shard, long offset, long resumeOffset, String why) {
        write("unreadable %d %d %d %s".formatted(shard, offset, resumeOffset, oneLine(why)), false);
    }

    @Override
    public void shardEnds(long shard, long firstOffset, long endOffset) {
        write("end %d %d %d".formatted(shard, firstOffset, endOffset), false);
    }

    @Override
    public void readingEnds() {
        write("read-all", true);
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ") + " ";
    }

    private synchronized void write(String line, boolean flush) {
        try {
            out.write((line + "\n").getBytes(ISO_8859_1));
            if (flush) {
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
