package io.millrace.firehose.format;

import io.millrace.firehose.delivery.Positions;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The lines of an error object: one JSON object for each record that could not be converted, with its data (Firehose
 * developer guide, "Record format conversion", error handling).
 */
public final class ErrorRecords {
    private ErrorRecords() {}

    /** @param attemptEpochMillis when the conversion was tried */
    public static byte[] line(RecordEncoder.Rejected rejected, long attemptEpochMillis) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("attemptsMade", 1);
        line.put("arrivalTimestamp", rejected.record().arrivalEpochMillis());
        line.put("lastErrorCode", rejected.code());
        line.put("lastErrorMessage", rejected.message());
        line.put("attemptEndingTimestamp", attemptEpochMillis);
        line.put("rawData", Base64.getEncoder().encodeToString(rejected.record().data()));
        line.put("sequenceNumber", Positions.sequenceNumber(rejected.record().sequenceNumber()));
        line.put(
                "subSequenceNumber",
                Positions.subSequenceNumber(rejected.record().sequenceNumber()));
        return (JsonMapper.shared().writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
