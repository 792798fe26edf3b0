package io.millrace.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesisvideo.model.APIName;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;
import software.amazon.awssdk.services.kinesisvideomedia.model.StartSelectorType;

/** The unmodified Java SDKs against a server that lets in only who signs. */
@Timeout(30)
class SignedClientsTest {
    private static final byte[] SAMPLE = Clients.sample();

    @TempDir
    Path directory;

    @Test
    void whatIsSignedIsTakenAlsoWhereTheBodyIsEndless() throws Exception {
        try (VideoServer server = VideoServer.startSigned(directory);
                Clients clients = new Clients(server.uri())) {
            String stream = clients.createStream(24);
            clients.control().getDataEndpoint(r -> r.streamName(stream).apiName(APIName.PUT_MEDIA));
            List<Ack> acks = clients.putMedia(stream, SAMPLE, Instant.parse("2026-05-01T10:00:00Z"));
            List<Fragment> listed =
                    clients.archived().listFragments(r -> r.streamName(stream)).fragments();
            List<Chunk> played = clients.getMedia(stream, s -> s.startSelectorType(StartSelectorType.EARLIEST), 10);

            assertThat(acks).filteredOn("type", "PERSISTED").hasSize(10);
            assertThat(listed).hasSize(10);
            assertThat(played).hasSize(10);
        }
    }

    @Test
    void whoDoesNotSignPutsNothing() throws Exception {
        try (VideoServer server = VideoServer.startSigned(directory);
                Clients clients = new Clients(server.uri())) {
            String stream = clients.createStream(24);
            HttpResponse<String> refused = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create(server.uri() + "/putMedia"))
                                    .header("x-amzn-stream-name", stream)
                                    .header("x-amzn-fragment-timecode-type", "RELATIVE")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(SAMPLE))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).isEqualTo("{\"message\":\"Missing Authentication Token\"}");
            assertThat(clients.archived()
                            .listFragments(r -> r.streamName(stream))
                            .fragments())
                    .isEmpty();
        }
    }
}
