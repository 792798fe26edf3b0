package io.millrace.video;

import io.millrace.durable.Resources;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.SigV4Authentication;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;

/** Video Streams on a free port of the loopback interface. */
public final class VideoServer implements AutoCloseable {
    private final Video video;
    private final Endpoint endpoint;

    private VideoServer(Video video, Endpoint endpoint) {
        this.video = video;
        this.endpoint = endpoint;
    }

    public static VideoServer start(Path directory) {
        return start(directory, Authentication.off());
    }

    /** As the other, for clients that sign with the access key and secret {@code test}, and for nobody else. */
    public static VideoServer startSigned(Path directory) {
        AccessKey key = new AccessKey("test", "test", Namespace.DEFAULT_ACCOUNT, "");
        return start(
                directory,
                new SigV4Authentication(
                        id -> id.equals(key.id()) ? key : null,
                        SigV4Authentication.DEFAULT_CLOCK_SKEW,
                        InstantSource.system()));
    }

    private static VideoServer start(Path directory, Authentication authentication) {
        try {
            Video video = Video.open(directory, Resources.of(directory), InstantSource.system());
            ApiRouter router = new ApiRouter(authentication);
            video.register(router);
            Endpoint endpoint = Endpoint.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    ServerCertificate.loadOrCreate(directory.resolve("tls")).context(),
                    router);
            return new VideoServer(video, endpoint);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Serves until it is killed; prints its port first. */
    public static void main(String[] args) throws InterruptedException {
        VideoServer server = start(Path.of(args[0]));
        System.out.println(server.endpoint.port());
        Thread.currentThread().join();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + endpoint.port());
    }

    public Video video() {
        return video;
    }

    @Override
    public void close() {
        endpoint.close();
        try {
            video.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
