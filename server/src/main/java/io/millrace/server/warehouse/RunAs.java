package io.millrace.server.warehouse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * As whom PostgreSQL runs, which refuses to run as root: as the user of this process, or, if that is root, as {@code
 * nobody}, or, where {@code nobody} cannot reach the directories, as a stranger in a user namespace that owns root's
 * files.
 *
 * <p>The programs that change the user replace themselves by the one they start, so its process id is the one of the
 * process that was started.
 */
enum RunAs {
    SELF,
    NOBODY,
    NAMESPACE;

    private static final String USER = "nobody"; // listed in /etc/passwd, where initdb looks its user up
    private static final String GROUP_ID = "65534";
    private static final int ROOT = 0;
    private static final Pattern PATH_SEPARATOR = Pattern.compile(":");

    /** Decides for a cluster; the owner of one that exists is kept. */
    static RunAs of(Path installed, Path cluster) throws IOException {
        if (userId(Path.of("/proc/self")) != ROOT) {
            return SELF;
        }
        boolean exists = Files.exists(cluster);
        if (exists && userId(cluster) == ROOT) {
            return NAMESPACE;
        }
        boolean nobodyCould = isInstalled("setpriv") && userExists(cluster) && isReachable(installed);
        if (nobodyCould && !isReachable(cluster) && !namespacesWork()) {
            letThrough(cluster);
        }
        if (nobodyCould && isReachable(cluster)) {
            return NOBODY;
        }
        if (exists) {
            takeBack(cluster); // the folders above it have been closed since
        }
        return NAMESPACE;
    }

    /** Tells whether user namespaces may be made, which containers often forbid. */
    private static boolean namespacesWork() throws IOException {
        if (!isInstalled("unshare")) {
            return false;
        }
        try {
            return new ProcessBuilder("unshare", "--user", "--", "true")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Lets {@code nobody} pass through the data directory to the cluster, without reading what is in it. */
    private static void letThrough(Path cluster) throws IOException {
        Path warehouse = cluster.getParent();
        Path data = warehouse == null ? null : warehouse.getParent();
        for (Path folder : data == null ? List.<Path>of() : List.of(warehouse, data)) {
            Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(folder));
            permissions.add(PosixFilePermission.OTHERS_EXECUTE);
            Files.setPosixFilePermissions(folder, permissions);
        }
    }

    private static void takeBack(Path cluster) throws IOException {
        UserPrincipal root = Files.getOwner(Path.of("/proc/self"));
        try (Stream<Path> paths = Files.walk(cluster)) {
            for (Path path : paths.toList()) {
                Files.setOwner(path, root);
            }
        }
    }

    /** Gives a file or folder to the user that PostgreSQL runs as. */
    void own(Path path) throws IOException {
        if (this == NOBODY) {
            Files.setOwner(path, user(path));
        }
    }

    /** Returns the command that ends when {@code command} does. */
    List<String> toRun(List<String> command) throws IOException {
        return wrap(command, List.of());
    }

    /**
     * Returns the command that also stops, in order, when the thread that starts it dies with its process, and that a
     * Ctrl-C at this process's terminal does not reach.
     */
    List<String> toServe(List<String> command) throws IOException {
        List<String> wrapped = new ArrayList<>();
        if (isInstalled("setsid")) {
            wrapped.add("setsid");
        }
        wrapped.addAll(wrap(command, isInstalled("setpriv") ? List.of("--pdeathsig=INT") : List.of()));
        return wrapped;
    }

    private List<String> wrap(List<String> command, List<String> options) throws IOException {
        List<String> wrapped = new ArrayList<>();
        if (this == NAMESPACE) {
            require("unshare");
            wrapped.addAll(List.of("unshare", "--user", "--"));
        }
        if (this == NOBODY || !options.isEmpty()) {
            require("setpriv");
            wrapped.add("setpriv");
            if (this == NOBODY) {
                wrapped.addAll(List.of("--reuid=" + USER, "--regid=" + GROUP_ID, "--clear-groups", "--inh-caps=-all"));
            }
            wrapped.addAll(options);
            wrapped.add("--");
        }
        wrapped.addAll(command);
        return wrapped;
    }

    private static void require(String program) throws IOException {
        if (!isInstalled(program)) {
            throw new IOException(String.format(
                    Locale.ROOT, "PostgreSQL does not run as root, and %s (util-linux) is missing", program));
        }
    }

    private static boolean isInstalled(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return PATH_SEPARATOR.splitAsStream(path).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static boolean userExists(Path anywhere) throws IOException {
        try {
            user(anywhere);
            return true;
        } catch (UserPrincipalNotFoundException e) {
            return false;
        }
    }

    private static UserPrincipal user(Path anywhere) throws IOException {
        return anywhere.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
    }

    private static int userId(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid");
    }

    /** Tells whether others may enter every folder above. */
    private static boolean isReachable(Path path) throws IOException {
        for (Path folder = path.getParent(); folder != null; folder = folder.getParent()) {
            if (!Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return false;
            }
        }
        return true;
    }
}
