package io.millrace.firehose.format;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The lines of an error object: one JSON object for each record that could not be converted, with its data (Firehose
 * developer guide, "Record format conversion", error handling).
 */
public final class ErrorRecords {
    private ErrorRecords() {}

    /** @param attemptEpochMillis when the conversion was tried */
    public static byte[] encode(List<RecordEncoder.Rejected> rejected, long attemptEpochMillis) {
        StringBuilder lines = new StringBuilder();
        for (RecordEncoder.Rejected one : rejected) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("attemptsMade", 1);
            line.put("arrivalTimestamp", one.record().arrivalEpochMillis());
            line.put("lastErrorCode", one.code());
            line.put("lastErrorMessage", one.message());
            line.put("attemptEndingTimestamp", attemptEpochMillis);
            line.put("rawData", Base64.getEncoder().encodeToString(one.record().data()));
            line.put("sequenceNumber", one.record().sequenceNumber());
            line.put("subSequenceNumber", 0);
            lines.append(JsonMapper.shared().writeValueAsString(line)).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
}
