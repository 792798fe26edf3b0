package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideo.model.APIName;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A camera that puts the sample video into a stream. */
final class Camera {
    private Camera() {}

    /** Puts the sample video and returns the acknowledgements in order. */
    static List<JsonNode> upload(KinesisVideoClient video, String stream) throws IOException, InterruptedException {
        String endpoint = video.getDataEndpoint(
                        request -> request.streamName(stream).apiName(APIName.PUT_MEDIA))
                .dataEndpoint();
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/putMedia"))
                .timeout(Duration.ofSeconds(60))
                .header("x-amzn-stream-name", stream)
                .header("x-amzn-fragment-timecode-type", "RELATIVE")
                .header("x-amzn-producer-start-timestamp", Instant.now().toString())
                .POST(HttpRequest.BodyPublishers.ofInputStream(Camera::sample))
                .build();
        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body().lines().map(JsonMapper.shared()::readTree).toList();
    }

    private static InputStream sample() {
        return Camera.class.getResourceAsStream("/demo/sample.mkv");
    }
}
