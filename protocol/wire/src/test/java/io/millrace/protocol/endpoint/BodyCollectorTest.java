package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyCollectorTest {
    private static final int MOST_BYTES = 1000;

    private final Route.Whole route =
            new Route.Whole(MOST_BYTES, (exchange, body) -> {}, exchange -> Answer.empty(413, Map.of()));

    @Test
    void anAnnouncementTakesNothingAndWhatIsTakenGrowsWithWhatHasCome() {
        BodyCollector body = new BodyCollector(route, MOST_BYTES);
        assertThat(body.heldBytes()).isZero();
        body.add(bytes(0, 10));
        assertThat(body.heldBytes()).isLessThanOrEqualTo(40);
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "1000, 1", "1000, 7", "-1, 7", "-1, 1000", "-1, 333"})
    void piecesOfAnySizeMakeTheBody(int announced, int piece) {
        BodyCollector body = new BodyCollector(route, announced);
        for (int at = 0; at < MOST_BYTES; at += piece) {
            body.add(bytes(at, Math.min(piece, MOST_BYTES - at)));
        }
        assertThat(body.isTooLarge()).isFalse();
        assertThat(Unpooled.wrappedBuffer(body.bytes())).isEqualTo(bytes(0, MOST_BYTES));
        body.add(bytes(0, 1));
        assertThat(body.isTooLarge()).isTrue();
    }

    private static ByteBuf bytes(int from, int length) {
        ByteBuf bytes = Unpooled.buffer(length);
        for (int i = 0; i < length; i++) {
            bytes.writeByte(from + i);
        }
        return bytes;
    }
}
