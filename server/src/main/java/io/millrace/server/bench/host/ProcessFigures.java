package io.millrace.server.bench.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process has used, from {@code /proc}.
 *
 * @param cpuSeconds user and system time of all its threads since it began
 * @param residentBytes memory in use
 */
public record ProcessFigures(double cpuSeconds, long residentBytes, long threads) {
    private static final double TICKS_PER_SECOND = 100; // what Linux shows, whatever its timer is
    private static final int USER_TICKS = 11; // counted from after the name
    private static final long KIB = 1024;

    /** Returns the figures of a process. @throws IOException if it has ended, or this is no Linux */
    public static ProcessFigures of(long pid) throws IOException {
        Path directory = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(directory.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // a name may hold spaces
        double ticks = Double.parseDouble(fields[USER_TICKS]) + Double.parseDouble(fields[USER_TICKS + 1]);
        return new ProcessFigures(
                ticks / TICKS_PER_SECOND, status(directory, "VmRSS:") * KIB, status(directory, "Threads:"));
    }

    private static long status(Path directory, String name) throws IOException {
        try (Stream<String> lines = Files.lines(directory.resolve("status"))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        }
    }

    /** Returns how many files and sockets a process has open. */
    public static long openFiles(long pid) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return files.count();
        }
    }
}
