package io.millrace.ingest;

import io.millrace.durable.Resources;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.segment.LogOptions;
import io.millrace.ingest.streams.Limits;
import io.millrace.ingest.streams.StreamMetrics;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.SigV4Authentication;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.RequestHead;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Data Streams on a free port of the loopback interface. */
final class StreamsServer implements AutoCloseable {
    private static final Duration TRANSITION = Duration.ofMillis(50);

    private final Ingest ingest;
    private final Endpoint endpoint;
    private final Set<String> wire = ConcurrentHashMap.newKeySet();

    private StreamsServer(Ingest ingest, Path directory, Authentication authentication) throws IOException {
        this.ingest = ingest;
        ApiRouter router = new ApiRouter(authentication).add(ingest.service());
        this.endpoint = Endpoint.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ServerCertificate.loadOrCreate(directory.resolve("tls")).context(),
                head -> {
                    wire.add(wireOf(head));
                    return router.route(head);
                });
    }

    static StreamsServer start(Path directory) {
        return start(directory, new Streams.Rules(TRANSITION, Limits.OFF));
    }

    static StreamsServer start(Path directory, Limits limits) {
        return start(directory, new Streams.Rules(TRANSITION, limits));
    }

    /** @param transition how long CREATING, UPDATING and DELETING last */
    static StreamsServer start(Path directory, Duration transition) {
        return start(directory, new Streams.Rules(transition, Limits.OFF));
    }

    static StreamsServer start(Path directory, InstantSource clock) {
        return start(directory, Authentication.off(), new Streams.Rules(TRANSITION, Limits.OFF), clock);
    }

    private static StreamsServer start(Path directory, Streams.Rules rules) {
        return start(directory, Authentication.off(), rules, InstantSource.system());
    }

    /** As the other, for clients that sign with the access key and secret {@code test}, and for nobody else. */
    static StreamsServer startSigned(Path directory) {
        AccessKey key = new AccessKey("test", "test", Namespace.DEFAULT_ACCOUNT, "");
        return start(
                directory,
                new SigV4Authentication(
                        id -> id.equals(key.id()) ? key : null,
                        SigV4Authentication.DEFAULT_CLOCK_SKEW,
                        InstantSource.system()),
                new Streams.Rules(TRANSITION, Limits.OFF),
                InstantSource.system());
    }

    private static StreamsServer start(
            Path directory, Authentication authentication, Streams.Rules rules, InstantSource clock) {
        try {
            Ingest ingest = Ingest.open(
                    directory, Resources.of(directory), LogOptions.of(new Durability.Fsync()), rules, clock);
            return new StreamsServer(ingest, directory, authentication);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url(String scheme) {
        return scheme + "://localhost:" + endpoint.port();
    }

    StreamMetrics metrics() {
        return ingest.streams().metrics();
    }

    int port() {
        return endpoint.port();
    }

    private static String wireOf(RequestHead head) {
        return "%s%s %s"
                .formatted(head.secure() ? "tls " : "", head.http2() ? "h2" : "h1", head.header("Content-Type"));
    }

    /** Returns how requests have come since the last call: {@code tls} or not, {@code h1} or {@code h2}, content type. */
    Set<String> takeWire() {
        Set<String> taken = Set.copyOf(wire);
        wire.removeAll(taken);
        return taken;
    }

    @Override
    public void close() {
        endpoint.close();
        try {
            ingest.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
