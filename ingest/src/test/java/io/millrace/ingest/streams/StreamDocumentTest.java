package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.arn.Namespace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The description of a stream as it is kept. */
class StreamDocumentTest {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private static Stream stream(Distribution distribution) {
        return new Stream(
                new StreamKey(new Namespace("000000000000", "us-east-1"), "orders"),
                1_700_000_000_000L,
                StreamStatus.ACTIVE,
                true,
                distribution,
                false,
                24,
                1024,
                null,
                null,
                List.of(),
                Map.of(),
                null,
                List.of(),
                List.of(),
                null);
    }

    @Test
    void theDistributionIsKept() {
        Stream auto = stream(Distribution.AUTO);
        assertThat(MAPPER.readValue(MAPPER.writeValueAsBytes(auto), Stream.class))
                .isEqualTo(auto);
    }

    @Test
    void documentsOfBeforeItWasKeptAreByPartitionKey() {
        ObjectNode older = (ObjectNode) MAPPER.readTree(MAPPER.writeValueAsBytes(stream(Distribution.AUTO)));
        older.remove("distribution");
        assertThat(MAPPER.readValue(MAPPER.writeValueAsBytes(older), Stream.class))
                .isEqualTo(stream(Distribution.USER_PARTITION_KEY));
    }
}
