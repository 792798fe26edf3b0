package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.KmsNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;

/** Streams whose records are encrypted at rest, from the API to the disk. */
class EncryptionTest {
    private static final String KEY = "alias/millrace-test";

    @TempDir
    Path directory;

    @Test
    void recordsAreEncryptedOnDiskFromTheStartToTheStopAndReadAsTheyWere() throws Exception {
        String stream;
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            stream = Clients.createStream(client, 1);
            assertThat(put(client, stream, "before the encryption")).isNull();
            start(client, stream);
            assertThat(put(client, stream, "while it is encrypted")).isEqualTo(EncryptionType.KMS);
            stop(client, stream);
            assertThat(put(client, stream, "when it is not any more")).isNull();

            List<Record> records = read(client, stream).records();
            assertThat(records)
                    .extracting(record -> record.data().asUtf8String())
                    .containsExactly("before the encryption", "while it is encrypted", "when it is not any more");
            assertThat(records).extracting(Record::encryptionType).containsExactly(null, EncryptionType.KMS, null);
        }
        assertThat(isOnDisk("before the encryption")).isTrue();
        assertThat(isOnDisk("while it is encrypted")).isFalse();
        assertThat(isOnDisk("when it is not any more")).isTrue();
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            assertThat(read(client, stream).records()).hasSize(3);
        }
    }

    @Test
    void recordsWhoseKeyIsGoneAreRefusedAsAwsDoesAndOthersAreRead() throws Exception {
        String encrypted;
        String plain;
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            encrypted = Clients.createStream(client, 1);
            plain = Clients.createStream(client, 1);
            start(client, encrypted);
            put(client, encrypted, "secret");
            put(client, plain, "open");
        }
        try (var keys = Files.list(directory.resolve("master-keys"))) {
            for (Path key : keys.toList()) {
                Files.delete(key);
            }
        }
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.withoutRetries(server.port())) {
            assertThatThrownBy(() -> read(client, encrypted))
                    .isInstanceOf(KmsNotFoundException.class)
                    .hasMessageContaining("Key '%s' does not exist".formatted(KEY));
            assertThat(read(client, plain).records()).hasSize(1);
        }
    }

    private static void start(KinesisClient client, String stream) throws InterruptedException {
        client.startStreamEncryption(
                r -> r.streamName(stream).encryptionType(EncryptionType.KMS).keyId(KEY));
        StreamDescriptionSummary summary = Clients.awaitActive(client, stream);
        assertThat(summary.encryptionType()).isEqualTo(EncryptionType.KMS);
        assertThat(summary.keyId()).isEqualTo(KEY);
    }

    private static void stop(KinesisClient client, String stream) throws InterruptedException {
        client.stopStreamEncryption(
                r -> r.streamName(stream).encryptionType(EncryptionType.KMS).keyId(KEY));
        StreamDescriptionSummary summary = Clients.awaitActive(client, stream);
        assertThat(summary.encryptionType()).isEqualTo(EncryptionType.NONE);
        assertThat(summary.keyId()).isNull();
    }

    private static EncryptionType put(KinesisClient client, String stream, String text) {
        return client.putRecord(r -> r.streamName(stream).partitionKey("k").data(SdkBytes.fromUtf8String(text)))
                .encryptionType();
    }

    private static GetRecordsResponse read(KinesisClient client, String stream) {
        String iterator = client.getShardIterator(r -> r.streamName(stream)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        return client.getRecords(r -> r.shardIterator(iterator));
    }

    private boolean isOnDisk(String text) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }
}
