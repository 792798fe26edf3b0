package io.millrace.firehose.control;

import io.millrace.durable.documents.DocumentStore;
import io.millrace.firehose.catalog.GlueApi;
import io.millrace.firehose.catalog.SchemaCatalog;
import io.millrace.protocol.api.ApiRouter;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.glue.GlueClient;

/** Firehose and the catalog on a free port, over streams and jobs in memory that outlive it. */
final class FirehoseServer implements AutoCloseable {
    private final Endpoint endpoint;
    private final FirehoseClient firehose;
    private final GlueClient glue;

    /** Keeps what is put, in memory. */
    static final class Buffers implements RecordBuffers {
        final Map<String, List<byte[]>> streams = new ConcurrentHashMap<>();
        volatile boolean broken;

        @Override
        public String create(String name) {
            if (broken) {
                throw ServiceException.refused("LimitExceededException", "no more streams");
            }
            streams.putIfAbsent(name, new ArrayList<>());
            return "arn:buffer/" + name;
        }

        @Override
        public SourceKey keyOf(String name) {
            return new SourceKey("reader", "secret of " + name);
        }

        @Override
        public void delete(String name) {
            streams.remove(name);
        }

        @Override
        public boolean exists(String streamArn, Namespace caller) {
            return streamArn.endsWith(caller.account() + ":stream/source");
        }

        @Override
        public CompletionStage<List<String>> put(String name, List<byte[]> records) {
            List<byte[]> stream = streams.get(name);
            List<String> ids = new ArrayList<>();
            synchronized (stream) {
                for (byte[] record : records) {
                    ids.add("id-" + stream.size());
                    stream.add(record);
                }
            }
            return CompletableFuture.completedFuture(ids);
        }
    }

    /** Remembers which jobs are wanted. */
    static final class Jobs implements DeliveryJobs {
        final Map<String, String> wanted = new TreeMap<>();
        volatile String trouble = "";
        volatile String warehouse;

        @Override
        public String ownWarehouse() {
            return warehouse;
        }

        @Override
        public synchronized void want(String name, String specification) {
            wanted.putIfAbsent(name, specification);
        }

        @Override
        public synchronized void stop(String name) {
            wanted.remove(name);
        }

        @Override
        public String trouble(String name) {
            return wanted.containsKey(name) ? trouble : "";
        }

        @Override
        public boolean isMissing(String bucket) {
            return bucket.startsWith("missing");
        }

        synchronized List<String> specifications() {
            return List.copyOf(wanted.values());
        }
    }

    FirehoseServer(Path directory, Path tls, Buffers buffers, Jobs jobs, Executor blocking) throws IOException {
        SchemaCatalog catalog = SchemaCatalog.open(DocumentStore.open(directory.resolve("catalog")));
        Firehose service = Firehose.open(
                DocumentStore.open(directory.resolve("deliveries")),
                catalog,
                buffers,
                jobs,
                blocking,
                InstantSource.system());
        endpoint = Endpoint.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ServerCertificate.loadOrCreate(tls).context(),
                new ApiRouter().add(service.service()).add(GlueApi.service(catalog, blocking, InstantSource.system())));
        firehose = firehose("key", Region.US_EAST_1);
        glue = glue("key", Region.US_EAST_1);
    }

    /** Returns a client of an account, which is its access key, in a region. */
    FirehoseClient firehose(String account, Region region) {
        return FirehoseClient.builder()
                .endpointOverride(URI.create(url()))
                .region(region)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(account, "secret")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    /** Returns a client of an account, which is its access key, in a region. */
    GlueClient glue(String account, Region region) {
        return GlueClient.builder()
                .endpointOverride(URI.create(url()))
                .region(region)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(account, "secret")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    String url() {
        return "http://localhost:" + endpoint.port();
    }

    FirehoseClient firehose() {
        return firehose;
    }

    GlueClient glue() {
        return glue;
    }

    @Override
    public void close() {
        firehose.close();
        glue.close();
        endpoint.close();
    }
}
