package io.millrace.analytics.connector.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.RequestEntryWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

@Timeout(10)
class EntryStateSerializerTest {
    private final EntryStateSerializer serializer = new EntryStateSerializer();

    @Test
    void entriesThatWaitAreReadAsTheyWereWritten() throws IOException {
        List<PutRecordsRequestEntry> entries = List.of(
                entry("key", null, "data".getBytes(UTF_8)),
                entry("k\u00e9y \u2603", "340282366920938463463374607431768211455", new byte[0]),
                entry("third", "0", new byte[] {0, -1, 127, -128}));
        BufferedRequestState<PutRecordsRequestEntry> state = new BufferedRequestState<>(entries.stream()
                .map(entry -> new RequestEntryWrapper<>(entry, entry.data().asByteArray().length))
                .toList());

        BufferedRequestState<PutRecordsRequestEntry> read =
                serializer.deserialize(serializer.getVersion(), serializer.serialize(state));

        assertThat(read.getBufferedRequestEntries().stream().map(RequestEntryWrapper::getRequestEntry))
                .isEqualTo(entries);
        assertThat(read.getStateSize()).isEqualTo(state.getStateSize());
    }

    private static PutRecordsRequestEntry entry(String key, String explicitHashKey, byte[] data) {
        return PutRecordsRequestEntry.builder()
                .partitionKey(key)
                .explicitHashKey(explicitHashKey)
                .data(SdkBytes.fromByteArray(data))
                .build();
    }
}
