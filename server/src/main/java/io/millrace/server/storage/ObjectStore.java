package io.millrace.server.storage;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
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
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The node's client of one S3, the embedded one or any other. Thread-safe; {@link #close()} gives its connections back.
 */
public final class ObjectStore implements Closeable {
    private final URI endpoint;
    private final String region;
    private final String accessKey;
    private final String secretKey;
    private final S3Client client;

    /** Makes a client; nothing is sent before the first call. Buckets are addressed by path, not by host name. */
    public ObjectStore(URI endpoint, String region, String accessKey, String secretKey) {
        this.endpoint = endpoint;
        this.region = region;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.client = S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.of(region))
                .forcePathStyle(true)
                // The SDK's trailing checksums are refused by S3 services older than them.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .overrideConfiguration(override -> override.addExecutionInterceptor(new NoExpect()))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    public URI endpoint() {
        return endpoint;
    }

    public String region() {
        return region;
    }

    public String accessKey() {
        return accessKey;
    }

    public String secretKey() {
        return secretKey;
    }

    /** Returns the SDK's client for what this class has no method for; it is closed with this object. */
    public S3Client client() {
        return client;
    }

    /** Makes a bucket; one of ours that exists is no error. */
    public void ensureBucket(String bucket) throws IOException {
        try {
            client.headBucket(request -> request.bucket(bucket));
        } catch (S3Exception e) {
            if (e.statusCode() != 404) {
                throw failure("look for bucket " + bucket, e);
            }
            createBucket(bucket);
        } catch (SdkException e) {
            throw failure("look for bucket " + bucket, e);
        }
    }

    /** Tells whether the store says that there is no such bucket. */
    public boolean isMissing(String bucket) throws IOException {
        try {
            client.headBucket(request -> request.bucket(bucket));
            return false;
        } catch (S3Exception e) {
            return e.statusCode() == 404;
        } catch (SdkException e) {
            throw failure("look for bucket " + bucket, e);
        }
    }

    private void createBucket(String bucket) throws IOException {
        try {
            client.createBucket(request -> request.bucket(bucket));
        } catch (SdkException e) {
            throw failure("make bucket " + bucket, e);
        }
    }

    /** Writes or replaces an object with the content of a file. */
    public void put(String bucket, String key, Path content) throws IOException {
        try {
            client.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromFile(content));
        } catch (SdkException e) {
            throw failure(String.format(Locale.ROOT, "put s3://%s/%s", bucket, key), e);
        }
    }

    /**
     * Returns every object whose key begins with {@code prefix}, in the order of keys.
     *
     * @throws IOException also if there is no such bucket
     */
    public List<StoredObject> list(String bucket, String prefix) throws IOException {
        try {
            List<StoredObject> objects = new ArrayList<>();
            ListObjectsV2Request request =
                    ListObjectsV2Request.builder().bucket(bucket).prefix(prefix).build();
            client.listObjectsV2Paginator(request)
                    .contents()
                    .forEach(object -> objects.add(new StoredObject(object.key(), object.size(), object.eTag())));
            return objects;
        } catch (NoSuchBucketException e) {
            throw new IOException(String.format(Locale.ROOT, "there is no bucket %s", bucket), e);
        } catch (SdkException e) {
            throw failure(String.format(Locale.ROOT, "list s3://%s/%s", bucket, prefix), e);
        }
    }

    /** Returns an object's content; nothing if there is none. */
    public byte @Nullable [] get(String bucket, String key) throws IOException {
        try {
            return client.getObjectAsBytes(request -> request.bucket(bucket).key(key))
                    .asByteArrayUnsafe();
        } catch (NoSuchKeyException e) {
            return null;
        } catch (SdkException e) {
            throw failure(String.format(Locale.ROOT, "get s3://%s/%s", bucket, key), e);
        }
    }

    /** Writes an object's content to a file that does not exist yet; after a failure there is none. */
    public void download(String bucket, String key, Path target) throws IOException {
        try {
            client.getObject(request -> request.bucket(bucket).key(key), target);
        } catch (SdkException e) {
            throw failure(String.format(Locale.ROOT, "get s3://%s/%s", bucket, key), e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private IOException failure(String action, SdkException cause) {
        String reason = cause instanceof S3Exception s3 && s3.awsErrorDetails() != null
                ? s3.awsErrorDetails().errorCode() + ": " + s3.awsErrorDetails().errorMessage()
                : cause.getMessage();
        return new IOException(String.format(Locale.ROOT, "cannot %s at %s: %s", action, endpoint, reason), cause);
    }

    /**
     * Sends bodies at once. The JDK's HTTP client turns an early answer to {@code Expect: 100-continue} into
     * "Unexpected end of file": 48 to 73 of 2000 puts failed with it, none without.
     */
    private static final class NoExpect implements ExecutionInterceptor {
        @Override
        public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
            return context.httpRequest().toBuilder().removeHeader("Expect").build();
        }
    }
}
