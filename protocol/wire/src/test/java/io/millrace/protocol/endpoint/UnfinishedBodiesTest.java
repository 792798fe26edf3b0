package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UnfinishedBodiesTest {
    private static final long LIMIT = 1_000_000;

    private final UnfinishedBodies bodies = new UnfinishedBodies(LIMIT);
    private final List<String> cut = new ArrayList<>();
    private final Channel one = new EmbeddedChannel();
    private final Channel other = new EmbeddedChannel();

    private UnfinishedBodies.Body begin(Channel connection, String name, long bytes) {
        UnfinishedBodies.Body body = bodies.begin(connection, () -> cut.add(name));
        body.takes(bytes);
        return body;
    }

    @Test
    void theOldestBodyOfTheGreediestConnectionMakesRoom() {
        begin(other, "early", 200_000);
        begin(one, "first", 400_000);
        begin(one, "second", 300_000);
        assertThat(cut).isEmpty();

        begin(other, "late", 200_000);
        assertThat(cut).containsExactly("first");
        assertThat(bodies.usedBytes()).isEqualTo(700_000);
    }

    @Test
    void amongSingleBodiesTheOldestMakesRoom() {
        for (int i = 0; i < 25; i++) {
            begin(new EmbeddedChannel(), "body " + i, 50_000 + i);
        }

        assertThat(cut).containsExactly("body 0", "body 1", "body 2", "body 3", "body 4", "body 5");
    }

    @Test
    void whatGrowsMakesRoomToo() {
        UnfinishedBodies.Body grows = begin(one, "grows", 10);
        begin(other, "other", 10);
        for (long bytes = 100_000; bytes <= 1_100_000; bytes += 100_000) {
            grows.takes(bytes);
        }

        assertThat(cut).containsExactly("grows");
        assertThat(bodies.usedBytes()).isEqualTo(10);
        grows.takes(500_000);
        grows.end();
        assertThat(bodies.usedBytes()).isEqualTo(10);
    }

    @Test
    void whateverComesNoMoreIsTakenThanTheLimitAndAllIsGivenBack() {
        Random random = new Random(5);
        List<Channel> channels = List.of(one, other, new EmbeddedChannel(), new EmbeddedChannel());
        List<UnfinishedBodies.Body> begun = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (begun.size() < 50 || random.nextBoolean()) {
                begun.add(begin(channels.get(random.nextInt(4)), "any", random.nextInt(70_000)));
            } else if (random.nextBoolean()) {
                begun.remove(random.nextInt(begun.size())).end();
            } else {
                begun.get(random.nextInt(begun.size())).takes(random.nextInt(70_000));
            }
            assertThat(bodies.usedBytes()).isBetween(0L, LIMIT);
        }
        assertThat(cut).isNotEmpty();
        begun.forEach(UnfinishedBodies.Body::end);
        assertThat(bodies.usedBytes()).isZero();
    }
}
