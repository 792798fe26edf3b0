package io.millrace.server.flink;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the embedded cluster listens and the secret that lets in, as the cluster's own process has written it down in a
 * file that only its owner may read.
 *
 * @param pid of that process, which is what makes the rest of it true
 */
public record FlinkDoor(long pid, int restPort, int sqlPort, String secret) {
    private static final String FILE = "cluster.json";

    /** Returns the file in the directory of a cluster. */
    public static Path file(Path directory) {
        return directory.resolve(FILE);
    }

    /** Reads the file. @throws IOException if no cluster has started there, or if it cannot be read */
    public static FlinkDoor read(Path file) throws IOException {
        try {
            return JsonMapper.shared().readValue(Files.readAllBytes(file), FlinkDoor.class);
        } catch (NoSuchFileException e) {
            throw new IOException("Flink has not started yet", e);
        } catch (JacksonException e) {
            throw new IOException(String.format(Locale.ROOT, "%s: cannot be read", file), e);
        }
    }

    /** Returns the base of the cluster's REST API. */
    public URI restUrl() {
        return URI.create("http://127.0.0.1:" + restPort);
    }

    /** Returns the base of the SQL gateway. */
    public URI sqlUrl() {
        return URI.create("http://127.0.0.1:" + sqlPort);
    }

    /** Returns everything but the secret. */
    @Override
    public String toString() {
        return "FlinkDoor[pid=" + pid + ", restPort=" + restPort + ", sqlPort=" + sqlPort + "]";
    }
}
