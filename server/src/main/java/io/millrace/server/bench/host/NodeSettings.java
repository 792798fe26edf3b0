package io.millrace.server.bench.host;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The node to be measured.
 *
 * @param endpoint of a node that runs; null starts one
 * @param options of {@code millrace server}, for a node that is started
 * @param jvmOptions after those of the launcher, for a node that is started
 * @param jfr where the recording of a node that is started goes; null records nothing
 */
public record NodeSettings(
        @Nullable URI endpoint,
        List<String> options,
        List<String> jvmOptions,
        @Nullable Path jfr) {
    public NodeSettings {
        if (endpoint != null && (!"http".equals(endpoint.getScheme()) || endpoint.getHost() == null)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "--endpoint: %s (expected: http://HOST:PORT)", endpoint));
        }
        if (endpoint != null && !(options.isEmpty() && jvmOptions.isEmpty() && jfr == null)) {
            throw new IllegalArgumentException(
                    "--endpoint: goes without --node-option, --node-jvm and --jfr, which are for a node started here");
        }
        options = List.copyOf(options);
        jvmOptions = List.copyOf(jvmOptions);
    }
}
