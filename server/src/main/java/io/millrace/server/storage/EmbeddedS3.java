package io.millrace.server.storage;

import io.millrace.durable.disk.Directories;
import io.millrace.server.files.DirectoryLock;
import io.millrace.server.storage.nio2blob.DurableBlobStore;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An S3 service inside this process, over a directory: an object is one plain file below
 * {@code <directory>/<bucket>/.millrace-objects}, under the name that {@link StoredKey} makes of its key.
 *
 * <p>Every request must be signed with the one key pair given; a bucket that its owner made public can be read without.
 * ETags, content types and metadata are extended attributes of the files. What a killed process left of puts in flight,
 * which S3 clients would see as objects, is removed before the first request is served. One process at a time uses a
 * directory. Thread-safe.
 */
public final class EmbeddedS3 implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedS3.class);
    private static final int MAX_THREADS = 32;

    private final S3Proxy proxy;
    private final DirectoryLock lock;
    private final URI url;

    private EmbeddedS3(S3Proxy proxy, DirectoryLock lock, URI url) {
        this.proxy = proxy;
        this.lock = lock;
        this.url = url;
    }

    /**
     * Starts to serve the buckets of a directory, which is made when missing.
     *
     * @param address port 0 takes any free one; {@link #url()} tells which
     * @throws IOException if the directory is in use, the address cannot be bound or the disk fails
     */
    public static EmbeddedS3 start(Path directory, InetSocketAddress address, String accessKey, String secretKey)
            throws IOException {
        Directories.create(directory);
        Path base = directory.toRealPath();
        DirectoryLock lock = DirectoryLock.take(base);
        EmbeddedS3 started = null;
        try {
            sweep(base, lock);
            S3Proxy proxy = proxy(base, address, accessKey, secretKey);
            startProxy(proxy, address);
            started = new EmbeddedS3(proxy, lock, url(reachable(address), proxy.getPort()));
            return started;
        } finally {
            if (started == null) {
                lock.close();
            }
        }
    }

    private static void sweep(Path base, DirectoryLock lock) throws IOException {
        Optional<Instant> interrupted = lock.interruptedRun();
        if (interrupted.isPresent()) {
            int removed = new PutLeftovers(base, interrupted.get()).remove();
            LOG.info("{}: removed {} objects that a killed process had not finished", base, removed);
        }
        lock.begin(Clock.systemUTC().instant());
    }

    private static S3Proxy proxy(Path base, InetSocketAddress address, String accessKey, String secretKey) {
        return S3Proxy.builder()
                .blobStore(new FlatKeys(new DurableBlobStore(DurableFileSystem.at(base)), base))
                .endpoint(url(host(address), address.getPort()))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, accessKey, secretKey)
                .ignoreUnknownHeaders(true) // SDKs send new headers before the server knows them
                .jettyMaxThreads(MAX_THREADS)
                .stopTimeout(0) // any grace is waited out whole while a client keeps an idle connection
                .build();
    }

    private static void startProxy(S3Proxy proxy, InetSocketAddress address) throws IOException {
        try {
            proxy.start();
        } catch (Exception e) { // what S3Proxy.start() declares
            stop(proxy, e);
            String reason = causedByBind(e) ? "the address is in use or not of this machine" : e.getMessage();
            throw new IOException(
                    String.format(
                            Locale.ROOT, "S3 cannot listen on %s:%d: %s", host(address), address.getPort(), reason),
                    e);
        }
    }

    private static void stop(S3Proxy proxy, Exception failure) {
        try {
            proxy.stop();
        } catch (Exception e) { // what S3Proxy.stop() declares
            failure.addSuppressed(e);
        }
    }

    private static boolean causedByBind(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static String host(InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        return resolved == null ? address.getHostString() : resolved.getHostAddress();
    }

    private static String reachable(InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        return resolved != null && resolved.isAnyLocalAddress() ? "127.0.0.1" : host(address);
    }

    private static URI url(String host, int port) {
        try {
            return new URI("http", null, host, port, null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "address: %s:%d (expected: a host and a port)", host, port), e);
        }
    }

    /** Returns where clients of this machine reach the service, without a trailing slash. */
    public URI url() {
        return url;
    }

    /** Ends the service; requests under way are cut off, and puts under way leave nothing. */
    @Override
    public void close() throws IOException {
        try (lock) {
            proxy.stop();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) { // what S3Proxy.stop() declares
            throw new IOException("the embedded S3 did not stop: " + e, e);
        }
    }
}
