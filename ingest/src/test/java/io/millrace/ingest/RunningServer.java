package io.millrace.ingest;

import io.millrace.ingest.streams.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A server on an empty directory for all tests of a class, which has it in a static field. */
final class RunningServer implements BeforeAllCallback, AfterAllCallback {
    private final Limits limits;
    private @Nullable Path directory;
    private @Nullable StreamsServer server;
    private @Nullable PlainCalls calls;

    RunningServer(Limits limits) {
        this.limits = limits;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Path made = Files.createTempDirectory("streams");
        directory = made;
        StreamsServer started = StreamsServer.start(made, limits);
        server = started;
        calls = new PlainCalls(started);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        begun(server).close();
        if (directory != null) {
            List<Path> files;
            try (Stream<Path> found = Files.walk(directory)) {
                files = found.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    private static <T> T begun(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the server runs from before the first test on; is this field static?");
        }
        return part;
    }

    int port() {
        return begun(server).port();
    }

    String url(String scheme) {
        return begun(server).url(scheme);
    }

    PlainCalls calls() {
        return begun(calls);
    }
}
