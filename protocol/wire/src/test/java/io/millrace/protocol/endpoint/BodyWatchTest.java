package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies that come slowly, by a clock that the test moves. */
class BodyWatchTest {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final EndpointLimits LIMITS =
            new EndpointLimits(Duration.ofHours(1), Duration.ofHours(1), Duration.ofSeconds(30), Duration.ofHours(1));

    private final BodyBudget budget = new BodyBudget(8 * MEBIBYTE);
    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final ChannelHandlerContext context = channel.pipeline().firstContext();
    private final BodyWatch watch = new BodyWatch(LIMITS);
    private final BodyCollector body = new BodyCollector(
            new Route.Whole(16 * MEBIBYTE, (exchange, bytes) -> {}, exchange -> Answer.empty(413, java.util.Map.of())),
            -1);

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    @Test
    void sixtyFourKibibytesInHalfAMinuteAreEnough() {
        watch.begin(context, body, null);
        for (int i = 0; i < 10; i++) {
            pass(29);
            body.add(Unpooled.wrappedBuffer(new byte[EndpointLimits.LEAST_BYTES]));
            pass(1);
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void aByteLessIsNot() {
        watch.begin(context, body, null);
        body.add(Unpooled.wrappedBuffer(new byte[EndpointLimits.LEAST_BYTES - 1]));
        pass(29);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void whoHoldsOthersUpHasTwoSeconds() {
        BodyBudget.Share held = budget.ask(4 * MEBIBYTE, channel.eventLoop(), () -> {});
        budget.ask(MEBIBYTE, channel.eventLoop(), () -> {});
        assertThat(held.isWanted()).isTrue();
        watch.begin(context, body, held);
        for (int i = 0; i < 20; i++) {
            body.add(Unpooled.wrappedBuffer(new byte[MEBIBYTE / 2]));
            pass(2);
            assertThat(channel.isOpen()).isTrue();
        }
        body.add(Unpooled.wrappedBuffer(new byte[MEBIBYTE / 2 - 1]));
        pass(2);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void whoHoldsNothingHoldsNobodyUp() {
        budget.ask(4 * MEBIBYTE, channel.eventLoop(), () -> {});
        BodyBudget.Share small = budget.ask(1000, channel.eventLoop(), () -> {});
        budget.ask(MEBIBYTE, channel.eventLoop(), () -> {});
        watch.begin(context, body, small);
        pass(29);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aBodyThatIsDoneIsNotWatchedAnyMore() {
        watch.begin(context, body, null);
        watch.end();
        pass(300);
        assertThat(channel.isOpen()).isTrue();
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
    }
}
