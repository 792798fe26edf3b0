package io.millrace.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The TCP ports on which a process and its descendants listen, read from {@code /proc}. */
final class ListeningPorts {
    private static final String LISTEN = "0A";
    private static final int ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final int HEX = 16;

    private static final Pattern SPACES = Pattern.compile(" +");

    private ListeningPorts() {}

    static Set<Integer> of(ProcessHandle process) throws IOException {
        Set<String> sockets = new HashSet<>();
        for (ProcessHandle each :
                Stream.concat(Stream.of(process), process.descendants()).toList()) {
            sockets.addAll(socketsOf(each.pid()));
        }
        Set<Integer> ports = new TreeSet<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] fields = SPACES.split(line.strip(), -1);
                if (fields.length > INODE && fields[STATE].equals(LISTEN) && sockets.contains(fields[INODE])) {
                    ports.add(Integer.parseInt(fields[ADDRESS].substring(fields[ADDRESS].indexOf(':') + 1), HEX));
                }
            }
        }
        return ports;
    }

    private static Set<String> socketsOf(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files) {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (NoSuchFileException e) {
                    // closed meanwhile
                }
            }
        } catch (NoSuchFileException e) {
            // the process has ended
        }
        return inodes;
    }
}
