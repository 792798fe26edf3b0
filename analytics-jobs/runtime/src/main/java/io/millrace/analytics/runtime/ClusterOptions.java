package io.millrace.analytics.runtime;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the embedded cluster is told on its command line:
 * {@code --rest-port P --sql-port Q --dir DIR [--slots N] [--files DIR:DIR] [-Dkey=value ...]}.
 *
 * @param directory holds checkpoints, savepoints, uploaded jars and temporary files; for one process at a time
 * @param files folders that jobs may read and write, besides what Flink keeps itself
 * @param overrides Flink settings that win over ours
 */
record ClusterOptions(
        int restPort, int sqlPort, int slots, Path directory, List<Path> files, Map<String, String> overrides) {
    private static final String DEFAULT_SLOTS = "32";

    static ClusterOptions parse(String[] arguments) {
        Map<String, String> named = new LinkedHashMap<>();
        Map<String, String> overrides = new LinkedHashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            int equals = argument.indexOf('=');
            if (argument.startsWith("-D") && equals > 0) {
                overrides.put(argument.substring(2, equals), argument.substring(equals + 1));
            } else if (argument.startsWith("--") && i + 1 < arguments.length) {
                named.put(argument, arguments[++i]);
            } else {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "argument: %s (expected: --name value or -Dkey=value)", argument));
            }
        }
        return new ClusterOptions(
                Integer.parseInt(required(named, "--rest-port")),
                Integer.parseInt(required(named, "--sql-port")),
                Integer.parseInt(named.getOrDefault("--slots", DEFAULT_SLOTS)),
                Path.of(required(named, "--dir")).toAbsolutePath(),
                paths(named.getOrDefault("--files", "")),
                overrides);
    }

    private static List<Path> paths(String joined) {
        return Arrays.stream(joined.split(File.pathSeparator))
                .filter(path -> !path.isEmpty())
                .map(Path::of)
                .toList();
    }

    private static String required(Map<String, String> named, String name) {
        String value = named.get(name);
        if (value == null) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "%s: missing", name));
        }
        return value;
    }
}
