package io.millrace.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesisvideomedia.model.StartSelectorType;

/** A server in a process of its own is killed while a producer sends to it. */
@Timeout(60)
class KilledServerTest {
    private static final int PERSISTED_BEFORE_KILL = 37;

    @TempDir
    Path directory;

    @Test
    void everyFragmentThatWasPersistedIsReadableAfterwardsByteForByte() throws Exception {
        Map<String, Long> persisted = new ConcurrentHashMap<>();
        Process process = startServer();
        URI uri = uriOf(process);
        try (Clients clients = new Clients(uri)) {
            String stream = clients.createStream(24);
            sendUntilKilled(process, uri, stream, persisted);
            assertThat(process.waitFor(5, TimeUnit.SECONDS)).as("killed").isTrue();
            assertThat(persisted).hasSizeGreaterThanOrEqualTo(PERSISTED_BEFORE_KILL);
            assertReadable(stream, persisted);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void sendUntilKilled(Process process, URI uri, String stream, Map<String, Long> persisted) {
        try {
            RawProducer.send(uri, stream, Clients.sample(), Integer.MAX_VALUE, ack -> {
                if (ack.type().equals("PERSISTED")) {
                    persisted.put(ack.number(), ack.timecode());
                    if (persisted.size() == PERSISTED_BEFORE_KILL) {
                        process.destroyForcibly();
                    }
                }
            });
        } catch (IOException e) {
            assertThat(persisted).isNotEmpty(); // the connection broke, as it has to
        }
    }

    private void assertReadable(String stream, Map<String, Long> persisted) throws IOException {
        Map<Long, byte[]> sent = clustersByTimecode();
        try (VideoServer server = VideoServer.start(directory);
                Clients clients = new Clients(server.uri())) {
            int stored = (int) clients.archived().listFragmentsPaginator(r -> r.streamName(stream)).fragments().stream()
                    .count();
            List<Chunk> chunks = clients.getMedia(stream, s -> s.startSelectorType(StartSelectorType.EARLIEST), stored);
            Map<String, byte[]> found = chunks.stream().collect(Collectors.toMap(Chunk::number, Chunk::cluster));
            assertThat(found).containsKeys(persisted.keySet().toArray(String[]::new));
            persisted.forEach(
                    (number, timecode) -> assertThat(found.get(number)).isEqualTo(sent.get(timecode)));
            assertThat(clients.putMedia(stream, Clients.sample(), Instant.now()))
                    .allSatisfy(ack -> assertThat(found).doesNotContainKey(ack.number()));
        }
    }

    private Map<Long, byte[]> clustersByTimecode() throws IOException {
        try (VideoServer server = VideoServer.start(directory.resolve("reference"));
                Clients clients = new Clients(server.uri())) {
            String stream = clients.createStream(1);
            clients.putMedia(stream, Clients.sample(), Instant.EPOCH);
            Map<Long, byte[]> clusters = new ConcurrentHashMap<>();
            List<Chunk> chunks = clients.getMedia(stream, s -> s.startSelectorType(StartSelectorType.EARLIEST), 10);
            for (int i = 0; i < chunks.size(); i++) {
                clusters.put(1000L * i, chunks.get(i).cluster());
            }
            return clusters;
        }
    }

    private Process startServer() throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        classPath,
                        VideoServer.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static URI uriOf(Process process) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.matches("\\d+")) {
            line = out.readLine();
        }
        return URI.create("http://127.0.0.1:" + line);
    }
}
