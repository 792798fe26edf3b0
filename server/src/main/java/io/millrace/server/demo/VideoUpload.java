package io.millrace.server.demo;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideo.model.APIName;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;

/** Pushes a short video through PutMedia, as a camera does, and looks at what came of it. */
final class VideoUpload {
    private static final String STREAM = "front-door";
    private static final String SAMPLE = "/demo/sample.mkv";
    private static final int RETENTION_HOURS = 24;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private VideoUpload() {}

    /** What a stream holds: fragments, and how long they play together. */
    record Result(int persisted, int fragments, Duration duration) {}

    static Result run(Clients clients) throws IOException, InterruptedException {
        String endpoint;
        try (KinesisVideoClient video = clients.video()) {
            video.createStream(request ->
                    request.streamName(STREAM).mediaType("video/h264").dataRetentionInHours(RETENTION_HOURS));
            endpoint = video.getDataEndpoint(
                            request -> request.streamName(STREAM).apiName(APIName.PUT_MEDIA))
                    .dataEndpoint();
        }
        int persisted = putMedia(clients, URI.create(endpoint + "/putMedia"));
        try (KinesisVideoArchivedMediaClient media = clients.archivedMedia()) {
            List<Fragment> fragments =
                    media.listFragments(request -> request.streamName(STREAM)).fragments();
            long millis = fragments.stream()
                    .mapToLong(Fragment::fragmentLengthInMilliseconds)
                    .sum();
            return new Result(persisted, fragments.size(), Duration.ofMillis(millis));
        }
    }

    /** Returns how many fragments were acknowledged as persisted. */
    private static int putMedia(Clients clients, URI url) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(TIMEOUT)
                .POST(HttpRequest.BodyPublishers.ofInputStream(VideoUpload::sample));
        Map<String, String> headers = Map.of(
                "x-amzn-stream-name",
                STREAM,
                "x-amzn-fragment-timecode-type",
                "RELATIVE",
                "x-amzn-producer-start-timestamp",
                Instant.now().toString());
        clients.signed(url, headers).forEach((name, values) -> {
            if (!name.equalsIgnoreCase("Host")) { // which the client adds by itself, and takes from nobody
                values.forEach(value -> request.header(name, value));
            }
        });
        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(
                    String.format(Locale.ROOT, "PutMedia answered %d: %s", response.statusCode(), response.body()));
        }
        return (int) response.body()
                .lines()
                .filter(line -> line.contains("PERSISTED"))
                .count();
    }

    private static InputStream sample() {
        InputStream sample = VideoUpload.class.getResourceAsStream(SAMPLE);
        if (sample == null) {
            throw new IllegalStateException("the sample video is not in the build");
        }
        return sample;
    }
}
