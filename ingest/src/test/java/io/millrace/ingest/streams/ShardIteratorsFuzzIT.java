package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.ingest.streams.ShardIterators.Position;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;

/** No text opens but one that was sealed: the seeds hold {@link #SEALED}, in quotes and without. */
class ShardIteratorsFuzzIT {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Position SEALED =
            new Position(new StreamKey(Namespace.DEFAULT, "orders"), NOW.toEpochMilli(), 3, 4711);

    private final ShardIterators iterators = new ShardIterators(new byte[32], InstantSource.fixed(NOW));

    @FuzzTest
    void open(byte[] text) {
        Position opened;
        try {
            opened = iterators.open(new String(text, StandardCharsets.UTF_8));
        } catch (ServiceException e) {
            assertThat(e.code()).isIn("InvalidArgumentException", "ExpiredIteratorException");
            return;
        }
        assertThat(opened).isEqualTo(SEALED);
    }

    @FuzzTest
    void sealAndOpen(byte[] bytes) {
        String name = new String(bytes, 0, Math.min(bytes.length, 128), StandardCharsets.ISO_8859_1)
                .replaceAll("[^a-zA-Z0-9_.-]", "_");
        int shard = bytes.length == 0 ? 0 : bytes[0];
        long offset = bytes.length < 2 ? Long.MAX_VALUE : bytes[1] * 1_000_003L;
        Position position = new Position(
                new StreamKey(new Namespace("123456789012", "a".repeat(30)), name), NOW.toEpochMilli(), shard, offset);
        assertThat(iterators.open(iterators.seal(position))).isEqualTo(position);
    }
}
