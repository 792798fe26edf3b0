package io.millrace.firehose.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** One damaged document of the catalog or of the delivery streams: the others are served as before. */
@Timeout(60)
class DamagedDocumentsTest {
    @TempDir
    static Path tls;

    @TempDir
    Path directory;

    private final FirehoseServer.Jobs jobs = new FirehoseServer.Jobs();
    private FirehoseServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FirehoseServer(directory, tls, new FirehoseServer.Buffers(), jobs, Runnable::run);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aDamagedDeliveryStreamIsNeitherUsedNorMadeAnewAndItsJobGoesOn() throws IOException {
        create("damaged");
        create("whole");
        cutInHalf("deliveries", "damaged");
        stop();
        start();

        assertThat(server.firehose().listDeliveryStreams().deliveryStreamNames())
                .containsExactly("whole");
        server.firehose().describeDeliveryStream(request -> request.deliveryStreamName("whole"));
        assertBroken(() -> server.firehose().describeDeliveryStream(request -> request.deliveryStreamName("damaged")));
        assertBroken(() -> create("damaged"));
        assertThat(jobs.wanted).hasSize(2);
    }

    @Test
    void aDamagedTableIsNeitherUsedNorMadeAnew() throws IOException {
        server.glue().createDatabase(request -> request.databaseInput(database -> database.name("lake")));
        createTable("damaged");
        createTable("whole");
        cutInHalf("catalog", "damaged");
        stop();
        start();

        server.glue().getTable(request -> request.databaseName("lake").name("whole"));
        assertBroken(() ->
                server.glue().getTable(request -> request.databaseName("lake").name("damaged")));
        assertBroken(() -> createTable("damaged"));
    }

    private void create(String name) {
        server.firehose()
                .createDeliveryStream(request -> request.deliveryStreamName(name)
                        .extendedS3DestinationConfiguration(s3 ->
                                s3.bucketARN("arn:aws:s3:::lake").roleARN("arn:aws:iam::000000000000:role/firehose")));
    }

    private void createTable(String name) {
        server.glue().createTable(request -> request.databaseName("lake").tableInput(table -> table.name(name)));
    }

    private static void assertBroken(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        AwsServiceException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(500))
                .hasMessageContaining("restore it from a backup");
    }

    /** Cuts the document that names something: its own name is a digest in the catalog. */
    private void cutInHalf(String folder, String named) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(folder))) {
            List<Path> found = files.filter(file -> contains(file, named)).toList();
            assertThat(found).hasSize(1);
            byte[] whole = Files.readAllBytes(found.get(0));
            Files.write(found.get(0), Arrays.copyOf(whole, whole.length / 2));
        }
    }

    private static boolean contains(Path file, String named) {
        try {
            return Files.readString(file).contains('"' + named + '"');
        } catch (IOException e) {
            return false;
        }
    }
}
