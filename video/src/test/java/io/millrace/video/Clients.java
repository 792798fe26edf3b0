package io.millrace.video;

import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.services.kinesisvideo.AmazonKinesisVideoPutMedia;
import com.amazonaws.services.kinesisvideo.AmazonKinesisVideoPutMediaClientBuilder;
import com.amazonaws.services.kinesisvideo.PutMediaAckResponseHandler;
import com.amazonaws.services.kinesisvideo.model.AckEvent;
import com.amazonaws.services.kinesisvideo.model.PutMediaRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;
import software.amazon.awssdk.services.kinesisvideomedia.KinesisVideoMediaClient;
import software.amazon.awssdk.services.kinesisvideomedia.model.GetMediaResponse;
import software.amazon.awssdk.services.kinesisvideomedia.model.StartSelector;

/** The SDK clients of one server, at their defaults but for endpoint and credentials. */
public final class Clients implements AutoCloseable {
    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));

    private final URI endpoint;
    private final KinesisVideoClient control;
    private final KinesisVideoMediaClient media;
    private final KinesisVideoArchivedMediaClient archived;

    Clients(URI endpoint) {
        this.endpoint = endpoint;
        this.control = KinesisVideoClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_WEST_1)
                .credentialsProvider(CREDENTIALS)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        this.media = KinesisVideoMediaClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_WEST_1)
                .credentialsProvider(CREDENTIALS)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        this.archived = KinesisVideoArchivedMediaClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_WEST_1)
                .credentialsProvider(CREDENTIALS)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    KinesisVideoClient control() {
        return control;
    }

    KinesisVideoArchivedMediaClient archived() {
        return archived;
    }

    String createStream(int retentionHours) {
        String name = "stream-" + UUID.randomUUID();
        control.createStream(r -> r.streamName(name).dataRetentionInHours(retentionHours));
        return name;
    }

    /** Sends media through the version 1 client and returns what it was told once the answer has ended. */
    List<Ack> putMedia(String stream, byte[] mkv, Instant start) {
        return putMedia(stream, new ByteArrayInputStream(mkv), start, ack -> {});
    }

    List<Ack> putMedia(String stream, InputStream mkv, Instant start, Consumer<Ack> onAck) {
        List<Ack> acks = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<List<Ack>> ended = new CompletableFuture<>();
        AmazonKinesisVideoPutMedia client = AmazonKinesisVideoPutMediaClientBuilder.standard()
                .withCredentials(new AWSStaticCredentialsProvider(new BasicAWSCredentials("test", "test")))
                .withEndpoint(endpoint.toString())
                .withRegion("eu-west-1")
                .build();
        client.putMedia(
                new PutMediaRequest()
                        .withStreamName(stream)
                        .withFragmentTimecodeType("RELATIVE")
                        .withProducerStartTimestamp(Date.from(start))
                        .withPayload(mkv),
                new PutMediaAckResponseHandler() {
                    @Override
                    public void onAckEvent(AckEvent event) {
                        Ack ack = new Ack(
                                event.getAckEventType().getEnumValue().toString(),
                                event.getFragmentTimecode(),
                                event.getFragmentNumber());
                        acks.add(ack);
                        onAck.accept(ack);
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        ended.completeExceptionally(failure);
                    }

                    @Override
                    public void onComplete() {
                        ended.complete(acks);
                    }
                });
        try {
            return ended.orTimeout(20, TimeUnit.SECONDS).join();
        } finally {
            client.close();
        }
    }

    /** A GetMedia call that is open. */
    static final class Player implements AutoCloseable {
        private final ResponseInputStream<GetMediaResponse> response;
        private final ChunkReader chunks;

        Player(ResponseInputStream<GetMediaResponse> response) {
            this.response = response;
            this.chunks = new ChunkReader(response);
        }

        List<Chunk> next(int count) throws IOException {
            List<Chunk> read = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                read.add(chunks.next());
            }
            return read;
        }

        boolean isAtEnd() throws IOException {
            return chunks.isAtEnd();
        }

        @Override
        public void close() {
            response.abort();
        }
    }

    Player play(String stream, Consumer<StartSelector.Builder> selector) {
        return new Player(media.getMedia(r -> r.streamName(stream).startSelector(selector)));
    }

    List<Chunk> getMedia(String stream, Consumer<StartSelector.Builder> selector, int count) throws IOException {
        try (Player player = play(stream, selector)) {
            return player.next(count);
        }
    }

    static byte[] join(List<Chunk> chunks) {
        return concat(chunks.stream().map(Chunk::cluster).toList());
    }

    static byte[] concat(List<byte[]> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }

    public static byte[] sample() {
        try (InputStream in = Clients.class.getResourceAsStream("/sample.mkv")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        control.close();
        media.close();
        archived.close();
    }
}
