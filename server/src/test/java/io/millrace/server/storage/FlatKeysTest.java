package io.millrace.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.storage.nio2blob.DurableBlobStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Keys of the embedded S3 that are no paths, or whose paths would be in each other's way. */
@Timeout(120)
class FlatKeysTest {
    private static final String LAKE = "lake";

    @TempDir
    Path directory;

    private EmbeddedS3 s3;
    private ObjectStore store;

    @BeforeEach
    void start() throws IOException {
        s3 = EmbeddedS3.start(directory.resolve("s3"), loopback(), "key", "secret");
        store = new ObjectStore(s3.url(), "us-east-1", "key", "secret");
        store.ensureBucket(LAKE);
    }

    @AfterEach
    void stop() throws IOException {
        store.close();
        s3.close();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private void put(String key) {
        put(store.client(), key);
    }

    private static void put(S3Client client, String key) {
        client.putObject(to -> to.bucket(LAKE).key(key), RequestBody.fromString("of " + key));
    }

    private String get(String key) {
        return store.client()
                .getObjectAsBytes(from -> from.bucket(LAKE).key(key))
                .asString(StandardCharsets.UTF_8);
    }

    private void delete(String key) {
        store.client().deleteObject(of -> of.bucket(LAKE).key(key));
    }

    private List<String> keys(String prefix) throws IOException {
        return store.list(LAKE, prefix).stream().map(StoredObject::key).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b a/b/c", "a/b/c a/b", "a/b a/b/", "a/b/ a/b"})
    void aKeyMayBeginWithAnotherKey(String both) throws IOException {
        String first = both.split(" ", -1)[0];
        String second = both.split(" ", -1)[1];
        put(first);
        assertThatThrownBy(() -> get(second)).isInstanceOf(NoSuchKeyException.class);
        delete(second);
        put(second);

        assertThat(get(first)).isEqualTo("of " + first);
        assertThat(get(second)).isEqualTo("of " + second);
        assertThat(keys("")).containsExactlyInAnyOrder(first, second);
        delete(first);
        assertThat(keys("")).containsExactly(second);
        assertThat(get(second)).isEqualTo("of " + second);
    }

    @Test
    void anyKeyIsKeptAndListedInTheOrderOfItsBytes() throws IOException {
        List<String> keys = new ArrayList<>(List.of(
                ".",
                "..",
                "./x",
                "../x",
                "a/../b",
                "a//b",
                "a/",
                "a/b",
                "/",
                "//",
                "A",
                "a",
                "é",
                "e\u0301",
                "%2f",
                "+",
                "~",
                "new\nline",
                "\uD83D\uDE00",
                "\uE000",
                ".mpus-x",
                ".millrace-objects/x",
                "x".repeat(1024),
                "ä".repeat(512),
                "a/".repeat(60),
                "c".repeat(200) + "-",
                "c".repeat(200) + "/d",
                "c".repeat(201)));
        for (String key : keys) {
            put(key);
        }
        keys.sort(Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), java.util.Arrays::compareUnsigned));

        assertThat(keys("")).isEqualTo(keys);
        assertThat(pages(3)).isEqualTo(keys);
        for (String key : keys) {
            assertThat(get(key)).isEqualTo("of " + key);
            assertThat(keys(key)).contains(key);
        }
        assertThatThrownBy(() -> put("x".repeat(1025)))
                .isInstanceOf(S3Exception.class)
                .hasMessageContaining("Your key is too long");
    }

    private List<String> pages(int size) {
        return store.client().listObjectsV2Paginator(of -> of.bucket(LAKE).maxKeys(size)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    @Test
    void keysAreRolledUpToTheDelimiter() {
        List.of("a", "a/b", "a/b/c", "a//b", "b-1/x", "b-2/x").forEach(this::put);

        ListObjectsV2Response top =
                store.client().listObjectsV2(of -> of.bucket(LAKE).delimiter("/"));
        assertThat(top.contents()).extracting(S3Object::key).containsExactly("a");
        assertThat(top.commonPrefixes()).extracting("prefix").containsExactly("a/", "b-1/", "b-2/");
        ListObjectsV2Response below =
                store.client().listObjectsV2(of -> of.bucket(LAKE).prefix("a/").delimiter("/"));
        assertThat(below.contents()).extracting(S3Object::key).containsExactly("a/b");
        assertThat(below.commonPrefixes()).extracting("prefix").containsExactly("a//", "a/b/");
        ListObjectsV2Response dash = store.client()
                .listObjectsV2(of -> of.bucket(LAKE).delimiter("-").maxKeys(4));
        assertThat(dash.commonPrefixes()).isEmpty();
        assertThat(dash.isTruncated()).isTrue();
        ListObjectsV2Response rest = store.client()
                .listObjectsV2(of -> of.bucket(LAKE).delimiter("-").continuationToken(dash.nextContinuationToken()));
        assertThat(rest.commonPrefixes()).extracting("prefix").containsExactly("b-");
    }

    @Test
    void objectsAndUploadsOfEarlierBuildsAreReadReplacedAndDeleted() throws Exception {
        store.close();
        s3.close();
        String[] upload = new String[2];
        withEarlierBuild(client -> {
            put(client, "Old/one");
            put(client, "Old/two");
            put(client, "folder/");
            upload[0] = client.createMultipartUpload(of -> of.bucket(LAKE).key("Old/parts"))
                    .uploadId();
            upload[1] = client.uploadPart(
                            of -> of.bucket(LAKE)
                                    .key("Old/parts")
                                    .uploadId(upload[0])
                                    .partNumber(1),
                            RequestBody.fromString("part"))
                    .eTag();
        });
        start();

        assertThat(keys("")).containsExactly("Old/one", "Old/two", "folder/");
        store.client()
                .completeMultipartUpload(of -> of.bucket(LAKE)
                        .key("Old/parts")
                        .uploadId(upload[0])
                        .multipartUpload(parts -> parts.parts(CompletedPart.builder()
                                .partNumber(1)
                                .eTag(upload[1])
                                .build())));
        assertThat(get("Old/parts")).isEqualTo("part");
        assertThat(get("Old/one")).isEqualTo("of Old/one");
        assertThatThrownBy(() -> get("old/one")).isInstanceOf(NoSuchKeyException.class);
        put("Old/one/below");
        store.client().putObject(to -> to.bucket(LAKE).key("Old/one"), RequestBody.fromString("newer"));
        assertThat(get("Old/one")).isEqualTo("newer");
        assertThat(keys("Old/")).containsExactly("Old/one", "Old/one/below", "Old/parts", "Old/two");
        keys("").forEach(this::delete);
        assertThat(keys("")).isEmpty();
        store.client().deleteBucket(of -> of.bucket(LAKE));
    }

    /** Runs S3Proxy over the same directory as builds did in which a key was a path. */
    private void withEarlierBuild(java.util.function.Consumer<S3Client> work) throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(new DurableBlobStore(
                        DurableFileSystem.at(directory.resolve("s3").toRealPath())))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "key", "secret")
                .ignoreUnknownHeaders(true)
                .stopTimeout(0)
                .build();
        proxy.start();
        try (ObjectStore earlier =
                new ObjectStore(URI.create("http://127.0.0.1:" + proxy.getPort()), "us-east-1", "key", "secret")) {
            work.accept(earlier.client());
        } finally {
            proxy.stop();
        }
    }

    @Test
    void aListingDuringPutsAndDeletesOfOneFolderShowsWholeObjectsOnly() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                String key = "folder/" + writer + ".gz";
                running.add(writers.submit(() -> {
                    for (int i = 0; i < 8; i++) {
                        store.client()
                                .putObject(to -> to.bucket(LAKE).key(key), RequestBody.fromBytes(new byte[300_000]));
                        delete(key);
                    }
                }));
            }
            while (running.stream().anyMatch(writer -> !writer.isDone())) {
                assertThat(store.list(LAKE, "")).allSatisfy(object -> {
                    assertThat(object.key()).matches("folder/[0-3]\\.gz");
                    assertThat(object.bytes()).isEqualTo(300_000);
                });
            }
            for (Future<?> writer : running) {
                writer.get();
            }
        } finally {
            writers.shutdownNow();
        }
        assertThat(Files.exists(directory.resolve("s3/lake/.millrace-objects/folder+")))
                .isFalse();
    }
}
