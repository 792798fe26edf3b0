package io.millrace.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.kinesisvideomedia.model.StartSelectorType;

/** {@code ffmpeg … | curl --aws-sigv4 … -T -} is a producer. */
@Timeout(60)
class CurlProducerTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"-X POST", ""})
    void ffmpegAndCurlAreAProducer(String method) throws Exception {
        assumeTrue(isInstalled("ffmpeg") && isInstalled("curl"), "ffmpeg and curl are not both installed");
        try (VideoServer server = VideoServer.startSigned(directory);
                Clients clients = new Clients(server.uri())) {
            clients.control().createStream(r -> r.streamName("cam1").dataRetentionInHours(1));
            String answer = run("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x180:rate=15 -t 5 -c:v libx264"
                    + " -preset veryfast -crf 32 -pix_fmt yuv420p -g 15 -keyint_min 15 -sc_threshold 0 -bf 0"
                    + " -cluster_time_limit 20000 -cluster_size_limit 50000000 -f matroska - | tee "
                    + directory.resolve("sent.mkv")
                    + " | curl -sSN --aws-sigv4 aws:amz:eu-west-1:kinesisvideo --user test:test"
                    + " -H 'x-amzn-stream-name: cam1' -H 'x-amzn-fragment-timecode-type: RELATIVE'"
                    + " -H \"x-amzn-producer-start-timestamp: $(date +%s.%3N)\" " + method + " -T - " + server.uri()
                    + "/putMedia");
            List<String> lines = answer.lines().toList();
            byte[] sent = Files.readAllBytes(directory.resolve("sent.mkv"));

            assertThat(lines.stream().filter(line -> line.contains("PERSISTED")))
                    .as(answer)
                    .hasSize(5);
            assertThat(lines.get(lines.size() - 1)).contains("PERSISTED");
            List<Chunk> chunks = clients.getMedia("cam1", s -> s.startSelectorType(StartSelectorType.EARLIEST), 5);
            byte[] clusters = Clients.join(chunks);
            assertThat(Arrays.copyOfRange(sent, sent.length - clusters.length, sent.length))
                    .isEqualTo(clusters);
        }
    }

    private static boolean isInstalled(String tool) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + tool).start().waitFor() == 0;
    }

    private static String run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-c", command)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
