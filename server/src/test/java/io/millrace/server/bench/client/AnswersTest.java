package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is read of answers, in both formats. */
@Timeout(20)
class AnswersTest {
    private static final int RECORD_BYTES = 1024;

    @ParameterizedTest
    @EnumSource
    void aPutThatWasTakenCountsItsRecords(WireFormat format) throws IOException {
        Traffic.Outcome outcome = put(format, 200, answer(0, Map.of("SequenceNumber", "1", "ShardId", "shardId-0")));

        assertThat(outcome).isEqualTo(new Traffic.Outcome(100, 100 * RECORD_BYTES, null));
    }

    @ParameterizedTest
    @EnumSource
    void aRecordThatWasRefusedIsNamed(WireFormat format) throws IOException {
        Traffic.Outcome outcome = put(
                format,
                200,
                answer(1, Map.of("ErrorCode", "ProvisionedThroughputExceededException", "ErrorMessage", "slow down")));

        assertThat(outcome).isEqualTo(new Traffic.Outcome(0, 0, "record: ProvisionedThroughputExceededException"));
    }

    @ParameterizedTest
    @EnumSource
    void aRequestThatWasRefusedIsNamed(WireFormat format) throws IOException {
        assertThat(put(format, 500, Map.of("__type", "InternalFailure")).error())
                .isEqualTo("500 InternalFailure");
        assertThat(put(format, 400, Map.of("__type", "ResourceNotFoundException"))
                        .error())
                .isEqualTo("400 ResourceNotFoundException");
        assertThat(put(format, 503, Map.of()).error()).isEqualTo("status 503");
    }

    @ParameterizedTest
    @EnumSource
    void aPageIsCountedAndItsDataJumpedOver(WireFormat format) throws IOException {
        byte[] data = new byte[RECORD_BYTES];
        new Random(1).nextBytes(data);
        byte[] looksLikeMore = "dDataY\4\0NextShardIteratorax".getBytes(US_ASCII);
        System.arraycopy(looksLikeMore, 0, data, 100, looksLikeMore.length);
        for (int records : new int[] {0, 1, 50}) {
            byte[] body = format.write(page(data, records));

            PageReader reader = new PageReader(format, RECORD_BYTES);
            for (int piece : new int[] {body.length, 1, 7, 700, 1500}) {
                assertThat(read(reader, body, piece)).isEqualTo(new RecordsPage(records, "AAAA+next/iterator=="));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRecordOfAnotherSizeIsNotPassedOver(WireFormat format) {
        for (int bytes : new int[] {0, RECORD_BYTES - 3, RECORD_BYTES + 3, 2 * RECORD_BYTES}) {
            for (int records = 1; records < 3; records++) {
                byte[] body = format.write(page(new byte[bytes], records));

                assertThatThrownBy(() -> read(new PageReader(format, RECORD_BYTES), body, 700))
                        .isInstanceOf(IOException.class)
                        .hasMessage("a record that was read has not the 1024 bytes that were put");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void recordsOfEverySizeAreCounted(WireFormat format) throws IOException {
        for (int bytes : new int[] {0, 1, 23, 24, 255, 256, 65_535, 65_536}) {
            byte[] body = format.write(page(new byte[bytes], 3));
            assertThat(read(new PageReader(format, bytes), body, 700).records()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadThatWasRefusedIsNamed(WireFormat format) throws IOException {
        PageReader reader = new PageReader(format, RECORD_BYTES);
        byte[] body = format.write(Map.of("__type", "ExpiredIteratorException", "message", "too late"));
        feed(reader, body, 5);
        assertThat(reader.errorName(400)).isEqualTo("400 ExpiredIteratorException");
    }

    @Test
    void aClosedShardHasNoNextIterator() throws IOException {
        byte[] body = "{\"Records\":[],\"MillisBehindLatest\":0,\"NextShardIterator\":null}".getBytes(US_ASCII);

        assertThat(read(new PageReader(WireFormat.JSON, RECORD_BYTES), body, body.length))
                .isEqualTo(new RecordsPage(0, null));
    }

    private static RecordsPage read(PageReader reader, byte[] body, int piece) throws IOException {
        feed(reader, body, piece);
        return reader.page();
    }

    private static void feed(PageReader reader, byte[] body, int piece) throws IOException {
        reader.begin();
        ByteBuffer in = ByteBuffer.wrap(body);
        while (in.hasRemaining()) {
            reader.take(in, Math.min(piece, in.remaining()));
        }
    }

    private static Map<String, Object> page(byte[] data, int records) {
        List<Object> entries = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("SequenceNumber", "49680430279386182324695116271222583756902729976482103298");
            entry.put("Data", data);
            entry.put("PartitionKey", "key".repeat(i / 4 % 3));
            entries.add(entry);
        }
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("Records", entries);
        page.put("NextShardIterator", "AAAA+next/iterator==");
        page.put("MillisBehindLatest", 0);
        return page;
    }

    private static Map<String, Object> answer(int failed, Map<String, String> last) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("FailedRecordCount", failed);
        answer.put("Records", List.of(last));
        return answer;
    }

    private static Traffic.Outcome put(WireFormat format, int status, Map<String, ?> body) throws IOException {
        byte[] content = format.write(body);
        byte[] head = "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n"
                .formatted(status, content.length)
                .getBytes(US_ASCII);
        ResponseScanner scanner = new ResponseScanner();
        boolean whole = scanner.feed(ByteBuffer.wrap(head));
        if (!whole) {
            assertThat(scanner.feed(ByteBuffer.wrap(content))).isTrue();
        }
        return PutTraffic.outcome(scanner, format, 100, RECORD_BYTES);
    }
}
