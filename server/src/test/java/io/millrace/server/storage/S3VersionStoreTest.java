package io.millrace.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.ledger.S3Access;
import io.millrace.firehose.ledger.S3VersionStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ledger of deliveries in the embedded object store. */
@Timeout(120)
class S3VersionStoreTest {
    private static final int WRITERS = 6;
    private static final int VERSIONS = 30;

    @TempDir
    Path directory;

    @Test
    void ofSeveralWritersOfAVersionOneSucceedsAndItsDocumentIsThere() throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (EmbeddedS3 s3 = EmbeddedS3.start(directory, address, "key", "secret");
                ObjectStore objects = new ObjectStore(s3.url(), "us-east-1", "key", "secret");
                S3VersionStore store = open(objects)) {
            ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
            try {
                CyclicBarrier together = new CyclicBarrier(WRITERS);
                for (long version = 1; version <= VERSIONS; version++) {
                    long number = version;
                    List<Future<Boolean>> written = new ArrayList<>();
                    for (int writer = 0; writer < WRITERS; writer++) {
                        byte[] document = ("writer " + writer).getBytes(StandardCharsets.UTF_8);
                        written.add(writers.submit(() -> {
                            together.await();
                            return store.putIfAbsent(number, document);
                        }));
                    }
                    String winner = "writer " + theOne(written);
                    assertThat(new String(store.get(number), StandardCharsets.UTF_8))
                            .isEqualTo(winner);
                }
            } finally {
                writers.shutdownNow();
            }
            assertThat(store.versions()).hasSize(VERSIONS);
            store.delete(1);
            store.delete(1);
            assertThat(store.get(1)).isNull();
            assertThat(store.versions().first()).isEqualTo(2);
        }
    }

    private static S3VersionStore open(ObjectStore objects) throws IOException {
        objects.ensureBucket("lake");
        S3Access access = new S3Access(objects.endpoint().toString(), "us-east-1", "key", "secret", true);
        return S3VersionStore.open(access, "lake", ".millrace/deliveries/orders-1/");
    }

    private static int theOne(List<Future<Boolean>> written) throws Exception {
        int one = -1;
        for (int writer = 0; writer < written.size(); writer++) {
            if (written.get(writer).get()) {
                assertThat(one).as("writers that succeeded").isEqualTo(-1);
                one = writer;
            }
        }
        return one;
    }
}
