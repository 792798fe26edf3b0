package io.millrace.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.SdkResponses;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectAclRequest;
import software.amazon.awssdk.services.s3.model.GetObjectAclResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.StorageClass;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Makes the flat keys of S3 out of a store that takes a key for a path: see {@link StoredKey} for the names.
 *
 * <p>Objects of earlier builds, and files that somebody laid into a bucket's folder, have their key as path. They are
 * read, listed and deleted where they are; a new version of one is written under the new name, which is looked at
 * first. Uploads that an earlier build began end where they began. Thread-safe.
 */
final class FlatKeys extends ForwardingBlobStore {
    private static final int MAX_KEY_BYTES = 1024;
    private static final int MAX_PAGE = 1000;

    /** S3Proxy reads parts by the names under which its store keeps them. */
    private static final Pattern PART = Pattern.compile("(\\.mpus-[0-9a-f-]{36}-)(.+)(-\\d+)", Pattern.DOTALL);

    private final Path base;

    /**
     * Wraps a store.
     *
     * @param base the folder of its buckets
     */
    FlatKeys(BlobStore paths, Path base) {
        super(paths);
        this.base = base;
    }

    private KeyTree.Plain plain(String bucket) {
        return new KeyTree.Plain(base.resolve(bucket));
    }

    /** Returns the name under which an object is written. */
    private static String stored(String key) {
        return key.startsWith(KeyTree.Plain.STUBS) ? key : KeyTree.OBJECTS + "/" + StoredKey.path(key);
    }

    private static void checkLength(String key) {
        if (!key.startsWith(KeyTree.Plain.PARTS) && key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            throw (S3Exception) S3Exception.builder()
                    .message("Your key is too long")
                    .statusCode(400)
                    .awsErrorDetails(AwsErrorDetails.builder()
                            .errorCode("KeyTooLongError")
                            .errorMessage("Your key is too long")
                            .build())
                    .build();
        }
    }

    @FunctionalInterface
    private interface Read<R> {
        R of(String name);
    }

    /** Reads an object under its name, or under its key if an earlier build wrote it. */
    private <R> R read(String bucket, String key, Read<R> read) {
        checkLength(key);
        try {
            return read.of(stored(key));
        } catch (NoSuchKeyException e) {
            Matcher part = PART.matcher(key);
            try {
                if (part.matches() && !plain(bucket).holdsPart(key)) {
                    return read.of(part.group(1) + stored(part.group(2)) + part.group(3));
                }
                if (part.matches() || plain(bucket).holds(key)) {
                    return read.of(key);
                }
                return read.of(stored(key)); // a put may have moved it meanwhile
            } catch (NoSuchKeyException again) {
                throw S3Exceptions.noSuchKey(bucket, key, "no such object", again);
            }
        }
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        return read(
                request.bucket(),
                request.key(),
                name -> delegate().blobMetadata(request.toBuilder().key(name).build()));
    }

    @Override
    public boolean blobExists(String container, String key) {
        return blobMetadataIfPresent(container, key) != null;
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        return read(
                request.bucket(),
                request.key(),
                name -> delegate().getBlob(request.toBuilder().key(name).build()));
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String key) {
        return read(container, key, name -> delegate().getBlobAccess(container, name));
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String key, @Nullable String versionId) {
        return read(container, key, name -> delegate().getBlobAccess(container, name, versionId));
    }

    @Override
    public GetObjectAclResponse getBlobAcl(GetObjectAclRequest request) {
        return read(
                request.bucket(),
                request.key(),
                name -> delegate().getBlobAcl(request.toBuilder().key(name).build()));
    }

    @Override
    public void setBlobAccess(String container, String key, ObjectCannedACL access) {
        setBlobAccess(container, key, access, null);
    }

    @Override
    public void setBlobAccess(String container, String key, ObjectCannedACL access, @Nullable String versionId) {
        read(container, key, name -> {
            delegate().setBlobAccess(container, name, access, versionId);
            return access;
        });
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        String bucket = request.bucket();
        String key = request.key();
        checkLength(key);
        if ("*".equals(request.ifNoneMatch()) && plain(bucket).holds(key)) {
            throw S3Exceptions.preconditionFailed(null);
        }
        PutObjectResponse response =
                delegate().putBlob(request.toBuilder().key(stored(key)).build(), payload);
        removePlain(bucket, key);
        return response;
    }

    /** Removes the version of an earlier build, which would come back when the new one is deleted. */
    private void removePlain(String bucket, String key) {
        if (!key.startsWith(KeyTree.Plain.STUBS) && plain(bucket).holds(key)) {
            delegate().removeBlob(bucket, key);
        }
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        checkLength(request.destinationKey());
        CopyObjectResponse response = read(
                request.sourceBucket(),
                request.sourceKey(),
                name -> delegate()
                        .copyBlob(request.toBuilder()
                                .sourceKey(name)
                                .destinationKey(stored(request.destinationKey()))
                                .build()));
        removePlain(request.destinationBucket(), request.destinationKey());
        return response;
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        checkLength(request.key());
        removePlain(request.bucket(), request.key());
        return delegate()
                .removeBlob(request.toBuilder().key(stored(request.key())).build());
    }

    @Override
    public void deleteBucket(String container) {
        Path objects = base.resolve(container).resolve(KeyTree.OBJECTS);
        if (Files.isDirectory(objects)) {
            removeEmptyDirectories(container, objects);
        }
        delegate().deleteBucket(container);
    }

    private static void removeEmptyDirectories(String bucket, Path objects) {
        try {
            Files.walkFileTree(objects, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (DirectoryNotEmptyException e) {
            throw S3Exceptions.bucketNotEmpty(bucket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        String bucket = request.bucket();
        delegate().headBucket(HeadBucketRequest.builder().bucket(bucket).build());
        int limit = request.maxKeys() == null ? MAX_PAGE : request.maxKeys();
        String token = request.continuationToken();
        String after = token != null ? keyOf(token) : request.startAfter();
        KeyListing listing =
                new KeyListing(orEmpty(request.prefix()), orEmpty(request.delimiter()), after, Math.max(limit, 0));
        listing.add(new KeyTree.Encoded(base.resolve(bucket)));
        listing.add(plain(bucket));

        List<S3Object> contents = new ArrayList<>();
        List<CommonPrefix> prefixes = new ArrayList<>();
        String last = null;
        for (Map.Entry<String, Boolean> entry : listing.page().entrySet()) {
            last = entry.getKey();
            if (entry.getValue()) {
                prefixes.add(SdkResponses.commonPrefix(last));
            } else {
                S3Object object = object(bucket, last);
                if (object != null) {
                    contents.add(object);
                }
            }
        }
        boolean more = limit > 0 && listing.isTruncated();
        return SdkResponses.objectsPage(contents, prefixes, more && last != null ? tokenOf(last) : null);
    }

    /** Returns the last entry of a page as text that any XML document may hold, which a key need not be. */
    private static String tokenOf(String key) {
        return Base64.getUrlEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
    }

    private static String keyOf(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw S3Exceptions.invalidArgument("The continuation token provided is incorrect");
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /** Returns an entry of a listing; null if the object has been deleted meanwhile. */
    private @Nullable S3Object object(String bucket, String key) {
        HeadObjectResponse head = blobMetadataIfPresent(bucket, key);
        return head == null
                ? null
                : SdkResponses.objectEntry(
                        key,
                        head.eTag(),
                        head.lastModified(),
                        head.contentLength(),
                        StorageClass.fromValue(head.storageClass() == null ? "STANDARD" : head.storageClassAsString()));
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
        checkLength(request.key());
        MultipartUpload begun = delegate()
                .initiateMultipartUpload(
                        request.toBuilder().key(stored(request.key())).build());
        return new MultipartUpload(begun.id(), request, begun.response());
    }

    /** Returns the upload as the store knows it. */
    private MultipartUpload stored(MultipartUpload upload) {
        String key = upload.blobName();
        if (plain(upload.containerName()).holdsPart(KeyTree.Plain.PARTS + upload.id() + "-" + key + "-stub")) {
            return upload; // begun by an earlier build
        }
        return new MultipartUpload(
                upload.id(), upload.request().toBuilder().key(stored(key)).build(), upload.response());
    }

    @Override
    public void abortMultipartUpload(MultipartUpload upload) {
        delegate().abortMultipartUpload(stored(upload));
    }

    @Override
    public UploadPartResponse uploadMultipartPart(
            MultipartUpload upload, UploadPartRequest request, InputStream payload) {
        return delegate().uploadMultipartPart(stored(upload), request, payload);
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(
            MultipartUpload upload, CompleteMultipartUploadRequest request) {
        String bucket = upload.containerName();
        String key = upload.blobName();
        if ("*".equals(request.ifNoneMatch()) && plain(bucket).holds(key)) {
            throw S3Exceptions.preconditionFailed(null);
        }
        MultipartUpload known = stored(upload);
        CompleteMultipartUploadResponse response = delegate().completeMultipartUpload(known, request);
        if (known.blobName().equals(key)) {
            delegate().removeBlob(bucket, stored(key));
        } else {
            removePlain(bucket, key);
        }
        return response;
    }

    @Override
    public List<Part> listMultipartUpload(MultipartUpload upload) {
        return delegate().listMultipartUpload(stored(upload));
    }

    @Override
    public List<software.amazon.awssdk.services.s3.model.MultipartUpload> listMultipartUploads(String container) {
        return delegate().listMultipartUploads(container).stream()
                .map(upload -> upload.toBuilder().key(key(upload.key())).build())
                .toList();
    }

    /** Returns the key of a name under which an upload is kept. */
    private static String key(String name) {
        if (!name.startsWith(KeyTree.OBJECTS + "/")) {
            return name;
        }
        StringBuilder key = new StringBuilder();
        for (String part : name.substring(KeyTree.OBJECTS.length() + 1).split("/", -1)) {
            String decoded = StoredKey.decode(part);
            key.append(decoded == null ? part : decoded);
        }
        return key.toString();
    }
}
