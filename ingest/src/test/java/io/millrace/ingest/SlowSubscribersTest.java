package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Subscribers that take nothing, whose events together would be larger than the heap of 256 MiB. */
@Timeout(120)
class SlowSubscribersTest {
    private static final int SHARDS = 20;
    private static final int CONSUMERS = 20;
    private static final int ROUNDS = 50;
    private static final int RECORDS = 10; // of each shard in a round
    private static final int RECORD_BYTES = 10_000;
    private static final BigInteger HASH_KEYS = BigInteger.ONE.shiftLeft(128);

    @TempDir
    Path directory;

    @Test
    void subscribersThatTakeNothingStopNobodyElse() throws Exception {
        List<Socket> stuck = new ArrayList<>();
        try (NodeProcess node = NodeProcess.start(directory);
                KinesisClient client = Clients.to(node.port())) {
            String stream = Clients.createStream(client, SHARDS);
            fill(client, stream);
            List<String> consumers = register(client, stream);
            for (String consumer : consumers.subList(1, CONSUMERS)) {
                for (int shard = 0; shard < SHARDS; shard++) {
                    stuck.add(subscribe(node.port(), consumer, shard, 4096));
                }
            }

            for (int shard = 0; shard < SHARDS; shard++) {
                assertThat(readAll(client, stream, shard)).isEqualTo(ROUNDS * RECORDS);
            }
            try (Socket subscriber = subscribe(node.port(), consumers.get(0), 7, 1 << 20)) {
                long base64Bytes = (long) ROUNDS * RECORDS * RECORD_BYTES * 4 / 3;
                assertThat(readAtLeast(subscriber, base64Bytes)).isGreaterThan(base64Bytes);
            }
        } finally {
            for (Socket socket : stuck) {
                socket.close();
            }
        }
    }

    private static void fill(KinesisClient client, String stream) {
        Random random = new Random(1);
        byte[] data = new byte[RECORD_BYTES];
        for (int round = 0; round < ROUNDS; round++) {
            List<PutRecordsRequestEntry> entries = new ArrayList<>();
            for (int shard = 0; shard < SHARDS; shard++) {
                BigInteger middle =
                        HASH_KEYS.multiply(BigInteger.valueOf(2L * shard + 1)).divide(BigInteger.valueOf(2L * SHARDS));
                for (int i = 0; i < RECORDS; i++) {
                    random.nextBytes(data);
                    entries.add(PutRecordsRequestEntry.builder()
                            .partitionKey("k")
                            .explicitHashKey(middle.toString())
                            .data(SdkBytes.fromByteArray(data))
                            .build());
                }
            }
            assertThat(client.putRecords(r -> r.streamName(stream).records(entries))
                            .failedRecordCount())
                    .isZero();
        }
    }

    private static List<String> register(KinesisClient client, String stream) throws InterruptedException {
        String streamArn = client.describeStreamSummary(r -> r.streamName(stream))
                .streamDescriptionSummary()
                .streamARN();
        List<String> arns = new ArrayList<>();
        for (int i = 0; i < CONSUMERS; i++) {
            String name = "consumer-" + i;
            String arn = client.registerStreamConsumer(
                            r -> r.streamARN(streamArn).consumerName(name))
                    .consumer()
                    .consumerARN();
            while (!client.describeStreamConsumer(r -> r.consumerARN(arn))
                    .consumerDescription()
                    .consumerStatusAsString()
                    .equals("ACTIVE")) {
                Thread.sleep(10);
            }
            arns.add(arn);
        }
        return arns;
    }

    /** Subscribes and reads no more than the beginning of the answer. */
    private static Socket subscribe(int port, String consumerArn, int shard, int receiveBytes) throws IOException {
        String body =
                "{\"ConsumerARN\":\"%s\",\"ShardId\":\"shardId-%012d\",\"StartingPosition\":{\"Type\":\"TRIM_HORIZON\"}}"
                        .formatted(consumerArn, shard);
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBytes);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.getOutputStream()
                .write(("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
                                + "X-Amz-Target: Kinesis_20131202.SubscribeToShard\r\nContent-Length: %d\r\n\r\n%s")
                        .formatted(body.length(), body)
                        .getBytes(StandardCharsets.US_ASCII));
        String begin = new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII);
        assertThat(begin).isEqualTo("HTTP/1.1 200 OK");
        return socket;
    }

    private static long readAtLeast(Socket socket, long bytes) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        InputStream in = socket.getInputStream();
        long total = 0;
        while (total <= bytes) {
            int count = in.read(buffer);
            if (count < 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    private static int readAll(KinesisClient client, String stream, int shard) {
        String iterator = client.getShardIterator(r -> r.streamName(stream)
                        .shardId("shardId-%012d".formatted(shard))
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        int records = 0;
        while (records < ROUNDS * RECORDS) {
            String at = iterator;
            GetRecordsResponse page = client.getRecords(r -> r.shardIterator(at));
            records += page.records().size();
            iterator = page.nextShardIterator();
        }
        return records;
    }
}
