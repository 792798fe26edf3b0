package io.millrace.firehose.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.firehose.delivery.DeliveryRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ErrorRecordsTest {

    @Test
    void aLineHoldsWhatFirehoseWritesOfARecordThatFailed() {
        String first = line(
                new DeliveryRecord("shard", "495", 1_500_000_000_000L, "{bad".getBytes(UTF_8)),
                "DataFormatConversion.ParseError",
                "Data is \"bad\"\nhere");
        String second = line(new DeliveryRecord("shard", "496/3", 1, new byte[0]), "Code", "message");
        assertThat(first + second).isEqualTo("""
                {"attemptsMade":1,"arrivalTimestamp":1500000000000,"lastErrorCode":"DataFormatConversion.ParseError",\
                "lastErrorMessage":"Data is \\"bad\\"\\nhere","attemptEndingTimestamp":1500000000777,\
                "rawData":"e2JhZA==","sequenceNumber":"495","subSequenceNumber":0}
                {"attemptsMade":1,"arrivalTimestamp":1,"lastErrorCode":"Code","lastErrorMessage":"message",\
                "attemptEndingTimestamp":1500000000777,"rawData":"","sequenceNumber":"496","subSequenceNumber":3}
                """);
    }

    private static String line(DeliveryRecord record, String code, String message) {
        byte[] line = ErrorRecords.line(new RecordEncoder.Rejected(record, code, message), 1_500_000_000_777L);
        return new String(line, UTF_8);
    }
}
