package io.millrace.firehose.ledger;

import java.io.IOException;
import java.net.URI;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Versions as objects below a prefix, written with {@code If-None-Match: *}.
 *
 * <p>A store that does not know the condition writes all the same. That is found out at the start, and then existence
 * is asked for before each write: enough for one job, but two at the same moment could both succeed.
 */
public final class S3VersionStore implements VersionStore {
    private static final Logger LOG = LoggerFactory.getLogger(S3VersionStore.class);
    private static final int PRECONDITION_FAILED = 412;
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final boolean conditional;

    private S3VersionStore(S3Client client, String bucket, String prefix, boolean conditional) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.conditional = conditional;
    }

    /**
     * Opens the store and finds out whether it knows conditional writes.
     *
     * @param prefix ends with a slash
     */
    public static S3VersionStore open(S3Access access, String bucket, String prefix) throws IOException {
        S3Client client = client(access);
        try {
            return new S3VersionStore(client, bucket, prefix, isConditional(client, bucket, prefix));
        } catch (SdkException e) {
            client.close();
            throw new IOException(
                    "the ledger below s3://" + bucket + "/" + prefix + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static S3Client client(S3Access access) {
        S3ClientBuilder builder = S3Client.builder()
                .forcePathStyle(access.pathStyle())
                // The SDK's trailing checksums are refused by S3 services older than them.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(override -> override.addExecutionInterceptor(new NoExpect()))
                .httpClientBuilder(UrlConnectionHttpClient.builder());
        if (access.endpoint() != null) {
            builder.endpointOverride(URI.create(access.endpoint()));
        }
        if (access.region() != null) {
            builder.region(Region.of(access.region()));
        }
        if (access.accessKey() != null && access.secretKey() != null) {
            builder.credentialsProvider(StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(access.accessKey(), access.secretKey())));
        }
        return builder.build();
    }

    private static boolean isConditional(S3Client client, String bucket, String prefix) {
        put(client, bucket, prefix + "probe", new byte[] {'1'});
        boolean refused = !put(client, bucket, prefix + "probe", new byte[] {'2'});
        if (!refused) {
            LOG.warn(
                    "s3://{}: the store ignores If-None-Match; two jobs of one delivery could deliver records twice",
                    bucket);
        }
        return refused;
    }

    /** Returns false if there is such an object. */
    private static boolean put(S3Client client, String bucket, String key, byte[] content) {
        try {
            client.putObject(
                    request -> request.bucket(bucket).key(key).ifNoneMatch("*"), RequestBody.fromBytes(content));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == PRECONDITION_FAILED || e.statusCode() == CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public SortedSet<Long> versions() throws IOException {
        try {
            SortedSet<Long> versions = new TreeSet<>();
            client.listObjectsV2Paginator(ListObjectsV2Request.builder()
                            .bucket(bucket)
                            .prefix(prefix)
                            .build())
                    .contents()
                    .forEach(object -> VersionNames.addIfOne(object.key().substring(prefix.length()), versions));
            return versions;
        } catch (SdkException e) {
            throw failure("listed", e);
        }
    }

    @Override
    public byte @Nullable [] get(long version) throws IOException {
        try {
            return client.getObjectAsBytes(request -> request.bucket(bucket).key(key(version)))
                    .asByteArrayUnsafe();
        } catch (NoSuchKeyException e) {
            return null;
        } catch (SdkException e) {
            throw failure("read", e);
        }
    }

    @Override
    public boolean putIfAbsent(long version, byte[] document) throws IOException {
        try {
            if (!conditional && exists(key(version))) {
                return false;
            }
            return put(client, bucket, key(version), document);
        } catch (SdkException e) {
            throw failure("written", e);
        }
    }

    private boolean exists(String key) {
        try {
            client.headObject(request -> request.bucket(bucket).key(key));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void delete(long version) throws IOException {
        try {
            client.deleteObject(request -> request.bucket(bucket).key(key(version)));
        } catch (SdkException e) {
            throw failure("removed", e);
        }
    }

    private String key(long version) {
        return prefix + VersionNames.of(version);
    }

    private IOException failure(String action, SdkException cause) {
        return new IOException(
                "the ledger below s3://" + bucket + "/" + prefix + " cannot be " + action + ": " + cause.getMessage(),
                cause);
    }

    @Override
    public void close() {
        client.close();
    }

    /**
     * Sends bodies at once: the JDK's HTTP client turns an early answer to {@code Expect: 100-continue} into an error.
     */
    private static final class NoExpect implements ExecutionInterceptor {
        @Override
        public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
            return context.httpRequest().toBuilder().removeHeader("Expect").build();
        }
    }
}
