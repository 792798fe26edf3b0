package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.shape.BodyFormat;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescription;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** History that comes from shard files: many read it at once, and one is slow to take what it asked for. */
@Timeout(60)
class HistoryTest {
    private static final int SHARDS = 3;
    private static final int REQUESTS = 100;
    private static final int RECORDS = 100;
    private static final int READERS = 6;

    @TempDir
    Path directory;

    @Test
    void everyReaderGetsTheBytesThatWerePutWhateverOthersDo() throws Exception {
        String stream;
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.to(server.port())) {
            stream = Clients.createStream(client, SHARDS);
            Random random = new Random(1);
            for (int i = 0; i < REQUESTS; i++) {
                List<PutRecordsRequestEntry> entries = new ArrayList<>();
                for (int j = 0; j < RECORDS; j++) {
                    entries.add(entry(random, i * RECORDS + j));
                }
                assertThat(client.putRecords(r -> r.streamName(stream).records(entries))
                                .failedRecordCount())
                        .isZero();
            }
        }
        try (StreamsServer server = StreamsServer.start(directory);
                KinesisClient client = Clients.to(server.port())) {
            AtomicBoolean done = new AtomicBoolean();
            ExecutorService readers = Executors.newFixedThreadPool(READERS + 1);
            Future<Void> slow = readers.submit(() -> {
                while (!done.get()) {
                    takeSlowly(server, client, stream);
                }
                return null;
            });
            List<Future<Integer>> counts = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                int seed = i;
                counts.add(readers.submit(() -> readAll(client, stream, new Random(seed))));
            }
            for (Future<Integer> count : counts) {
                assertThat(count.get()).isEqualTo(REQUESTS * RECORDS);
            }
            done.set(true);
            slow.get();
            readers.shutdown();
        }
    }

    /** A record that tells whether it is damaged: its first bytes are the checksum of the others. */
    private static PutRecordsRequestEntry entry(Random random, int number) {
        byte[] data = new byte[4 + random.nextInt(5_000)];
        random.nextBytes(data);
        ByteBuffer.wrap(data).putInt(checksum(data));
        return PutRecordsRequestEntry.builder()
                .partitionKey("key " + number)
                .data(SdkBytes.fromByteArray(data))
                .build();
    }

    private static int checksum(byte[] data) {
        CRC32C checksum = new CRC32C();
        checksum.update(data, 4, data.length - 4);
        return (int) checksum.getValue();
    }

    private static int readAll(KinesisClient client, String stream, Random random) {
        StreamDescription description =
                client.describeStream(r -> r.streamName(stream)).streamDescription();
        int records = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            String iterator =
                    iterator(client, stream, description.shards().get(shard).shardId());
            GetRecordsResponse page;
            do {
                String from = iterator;
                int limit = random.nextBoolean() ? 10_000 : 1 + random.nextInt(300);
                page = client.getRecords(r -> r.shardIterator(from).limit(limit));
                page.records().forEach(record -> requireWhole(record.data().asByteArray()));
                records += page.records().size();
                iterator = page.nextShardIterator();
            } while (!page.records().isEmpty());
        }
        return records;
    }

    private static String iterator(KinesisClient client, String stream, String shard) {
        return client.getShardIterator(
                        r -> r.streamName(stream).shardId(shard).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
    }

    /** Asks for all there is over a narrow connection, and takes it long after the node began to send it. */
    private static void takeSlowly(StreamsServer server, KinesisClient client, String stream) throws Exception {
        byte[] body = "{\"ShardIterator\":\"%s\"}"
                .formatted(iterator(client, stream, "shardId-000000000000"))
                .getBytes(StandardCharsets.US_ASCII);
        String head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.GetRecords\r\nContent-Type: "
                + BodyFormat.JSON_1_1.contentType()
                + "\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n";
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(32 * 1024);
            socket.connect(new InetSocketAddress("localhost", server.port()));
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            byte[] begun = socket.getInputStream().readNBytes(10_000);
            Thread.sleep(100);
            String answer = new String(begun, StandardCharsets.US_ASCII)
                    + new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            JsonNode records = JsonMapper.shared()
                    .readTree(answer.substring(answer.indexOf("\r\n\r\n")))
                    .get("Records");
            assertThat(records.size()).isGreaterThan(1000);
            for (JsonNode record : records) {
                requireWhole(record.get("Data").binaryValue());
            }
        }
    }

    private static void requireWhole(byte[] data) {
        assertThat(ByteBuffer.wrap(data).getInt()).isEqualTo(checksum(data));
    }
}
