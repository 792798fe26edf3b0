package io.millrace.server.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

@Timeout(60)
class EmbeddedS3Test {
    private static final String UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

    @TempDir
    Path directory;

    private Path base() {
        return directory.resolve("s3");
    }

    private EmbeddedS3 start() throws IOException {
        return start(0);
    }

    private EmbeddedS3 start(int port) throws IOException {
        return EmbeddedS3.start(base(), new InetSocketAddress(InetAddress.getLoopbackAddress(), port), "key", "secret");
    }

    private static ObjectStore connect(EmbeddedS3 s3) {
        return new ObjectStore(s3.url(), "us-east-1", "key", "secret");
    }

    @Test
    void objectsAreKeptOverARestart() throws IOException {
        Path file = Files.writeString(directory.resolve("one.json"), "{\"x\":1}");
        List<StoredObject> before;
        try (EmbeddedS3 s3 = start();
                ObjectStore store = connect(s3)) {
            store.ensureBucket("lake");
            store.ensureBucket("lake");
            store.put("lake", "a/b/one.json", file);
            store.put("lake", "c/two.json", file);
            before = store.list("lake", "");
        }
        try (EmbeddedS3 s3 = start();
                ObjectStore store = connect(s3)) {
            assertThat(store.list("lake", "")).isEqualTo(before);
            assertThat(store.list("lake", "a/")).extracting(StoredObject::key).containsExactly("a/b/one.json");
            Path copy = directory.resolve("copy.json");
            store.download("lake", "a/b/one.json", copy);
            assertThat(copy).hasContent("{\"x\":1}");
        }
    }

    @Test
    void onlyTheOwnKeyPairIsLetIn() throws IOException {
        try (EmbeddedS3 s3 = start();
                ObjectStore stranger = new ObjectStore(s3.url(), "us-east-1", "key", "guess")) {
            assertThatThrownBy(() -> stranger.list("lake", ""))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot list s3://lake/ at " + s3.url())
                    .hasMessageContaining("SignatureDoesNotMatch");
        }
    }

    @Test
    void aMissingBucketIsNamed() throws IOException {
        try (EmbeddedS3 s3 = start();
                ObjectStore store = connect(s3)) {
            assertThatThrownBy(() -> store.list("nowhere", "")).hasMessage("there is no bucket nowhere");
        }
    }

    @Test
    void aBusyPortIsSaidPlainlyAndTheDirectoryIsFreeAgain() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(taken.getLocalPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("S3 cannot listen on 127.0.0.1:%d: the address is in use or not of this machine"
                            .formatted(taken.getLocalPort()));
        }
        start().close();
    }

    @Test
    void aDirectoryServesOneProcess() throws IOException {
        try (EmbeddedS3 first = start()) {
            assertThat(first.url().getPort()).isPositive();
            assertThatThrownBy(this::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageEndingWith("is in use by another process");
        }
    }

    @Test
    void aPutThatAKilledProcessLeftIsRemovedAndNoFinishedObjectIs() throws Exception {
        String finished = "part-" + UUID;
        try (EmbeddedS3 s3 = start();
                ObjectStore store = connect(s3)) {
            store.ensureBucket("lake");
            store.put("lake", finished, Files.writeString(directory.resolve("f"), "kept"));
            store.put("lake", "empty-" + UUID, Files.writeString(directory.resolve("e"), ""));
            store.client()
                    .putObject(
                            request -> request.bucket("lake").key("new-" + UUID).ifNoneMatch("*"),
                            RequestBody.fromString("once"));
            multipart(store.client(), "big-" + UUID);
            leavePutInFlight(store);
        }
        leaveLockOfKilledProcess(Instant.now().minusSeconds(30));

        try (EmbeddedS3 s3 = start();
                ObjectStore store = connect(s3)) {
            assertThat(store.list("lake", ""))
                    .extracting(StoredObject::key)
                    .containsExactly("big-" + UUID, "empty-" + UUID, "new-" + UUID, finished);
            assertThat(base().resolve("lake/.millrace-objects/slow+")).doesNotExist();
        }
    }

    @Test
    void aPutUnderWayAtAnOrderlyEndLeavesNothing() throws Exception {
        Path slow = base().resolve("lake/.millrace-objects/slow+");
        EmbeddedS3 s3 = start();
        try (ObjectStore store = connect(s3)) {
            store.ensureBucket("lake");
            try (Socket client = putUnderWay(store, "slow/half.parquet")) {
                assertThat(awaitFileIn(slow)).startsWith("half.parquet-");
                assertThat(store.list("lake", "")).isEmpty();
                s3.close();
                assertThat(slow).isEmptyDirectory();
                assertThat(client.isClosed()).isFalse();
            }
        }
    }

    /** Copies the file of a running put, since the server removes its own once the connection ends. */
    private void leavePutInFlight(ObjectStore store) throws Exception {
        Path slow = base().resolve("lake/.millrace-objects/slow+");
        Path copy = directory.resolve("leftover");
        String name;
        try (Socket client = putUnderWay(store, "slow/half.parquet")) {
            name = awaitFileIn(slow);
            Files.copy(slow.resolve(name), copy);
        }
        while (Files.exists(slow.resolve(name))) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        Files.createDirectories(slow);
        Files.move(copy, slow.resolve(name));
        assertThat(store.list("lake", "slow/")).isEmpty();
    }

    private static Socket putUnderWay(ObjectStore store, String key) throws IOException {
        int port = store.endpoint().getPort();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        OutputStream request = socket.getOutputStream();
        request.write("PUT %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 1000000\r\n\r\n"
                .formatted(presignedPut(store, key).getFile(), port)
                .getBytes(US_ASCII));
        request.write(new byte[400_000]);
        request.flush();
        return socket;
    }

    private static URL presignedPut(ObjectStore store, String key) {
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(store.endpoint())
                .region(Region.of(store.region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(store.accessKey(), store.secretKey())))
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .build()) {
            return presigner
                    .presignPutObject(presign -> presign.signatureDuration(Duration.ofMinutes(5))
                            .putObjectRequest(put -> put.bucket("lake").key(key)))
                    .url();
        }
    }

    private static String awaitFileIn(Path folder) throws Exception {
        while (true) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    Optional<Path> first = files.findFirst();
                    if (first.isPresent()) {
                        return first.get().getFileName().toString();
                    }
                }
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void aFileLaidThereBeforeTheKilledProcessBeganStays() throws IOException {
        start().close();
        Path bucket = Files.createDirectories(base().resolve("lake"));
        Path byHand = Files.writeString(bucket.resolve("copied-" + UUID), "by hand");
        Files.setLastModifiedTime(byHand, FileTime.from(Instant.now().minusSeconds(60)));
        leaveLockOfKilledProcess(Instant.now());

        start().close();

        assertThat(byHand).hasContent("by hand");
    }

    @Test
    void nothingIsSweptAfterAnOrderlyEnd() throws IOException {
        start().close();
        Path bucket = Files.createDirectories(base().resolve("lake"));
        Path byHand = Files.writeString(bucket.resolve("copied-" + UUID), "by hand");

        start().close();

        assertThat(byHand).exists();
    }

    /** As Flink's file system does while it writes an object that grows slowly. */
    @Test
    void anObjectIsCompletedThoughItsTailsLieBelowItsKey() throws IOException {
        try (EmbeddedS3 s3 = start();
                ObjectStore store = connect(s3)) {
            S3Client client = store.client();
            store.ensureBucket("lake");
            for (String key : List.of("part-0", "a/part-0", "a/b/part-0")) {
                String tail = key + "/.incomplete/" + UUID + "/tail";
                client.putObject(request -> request.bucket("lake").key(tail), RequestBody.fromString("tail of " + key));
                multipart(client, key);
                assertThat(client.getObjectAsBytes(
                                        request -> request.bucket("lake").key(tail))
                                .asUtf8String())
                        .isEqualTo("tail of " + key);
                client.deleteObject(request -> request.bucket("lake").key(tail));
            }
            assertThat(store.list("lake", ""))
                    .extracting(StoredObject::key)
                    .containsExactly("a/b/part-0", "a/part-0", "part-0");

            client.putObject(
                    request -> request.bucket("lake").key("c/x/.incomplete/u/left"), RequestBody.fromString("left"));
            String listed = store.list("lake", "c/").get(0).key();
            client.deleteObject(request -> request.bucket("lake").key(listed));
            assertThat(store.list("lake", "c/")).isEmpty();
        }
    }

    private void leaveLockOfKilledProcess(Instant began) throws IOException {
        Files.writeString(directory.resolve("s3.lock"), began.toString());
    }

    private static void multipart(S3Client client, String key) {
        String id = client.createMultipartUpload(
                        request -> request.bucket("lake").key(key))
                .uploadId();
        String etag = client.uploadPart(
                        request -> request.bucket("lake").key(key).uploadId(id).partNumber(1),
                        RequestBody.fromBytes(new byte[1024]))
                .eTag();
        client.completeMultipartUpload(request -> request.bucket("lake")
                .key(key)
                .uploadId(id)
                .multipartUpload(upload -> upload.parts(
                        CompletedPart.builder().partNumber(1).eTag(etag).build())));
    }
}
