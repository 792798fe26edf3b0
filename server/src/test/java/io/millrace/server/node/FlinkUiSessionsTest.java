package io.millrace.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class FlinkUiSessionsTest {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final FlinkUiSessions sessions = new FlinkUiSessions(new SecureRandom(), new MovedClock());

    @Test
    void aTicketOpensOneSession() {
        String ticket = sessions.ticket();

        FlinkUiSessions.Session session = sessions.open(ticket).orElseThrow();

        assertThat(sessions.open(ticket)).isEmpty();
        assertThat(sessions.admits(session.id(), session.cookie())).isTrue();
        assertThat(sessions.admits(session.id(), null)).isFalse();
        assertThat(sessions.admits(session.id(), session.id())).isFalse();
        assertThat(sessions.admits(session.cookie(), session.cookie())).isFalse();
    }

    @Test
    void theSecretsOfTwoSessionsDoNotMix() {
        FlinkUiSessions.Session first = sessions.open(sessions.ticket()).orElseThrow();
        FlinkUiSessions.Session second = sessions.open(sessions.ticket()).orElseThrow();

        assertThat(sessions.admits(first.id(), second.cookie())).isFalse();
        assertThat(sessions.admits(second.id(), second.cookie())).isTrue();
    }

    @Test
    void ticketsAndSessionsEnd() {
        String late = sessions.ticket();
        FlinkUiSessions.Session session = sessions.open(sessions.ticket()).orElseThrow();

        now = now.plus(FlinkUiSessions.TICKET_LIFE);
        assertThat(sessions.open(late)).isEmpty();
        assertThat(sessions.open("guess")).isEmpty();
        assertThat(sessions.admits(session.id(), session.cookie())).isTrue();

        now = now.plus(FlinkUiSessions.SESSION_LIFE).minus(Duration.ofMinutes(1));
        assertThat(sessions.admits(session.id(), session.cookie())).isFalse();
    }

    @Test
    void sessionsDoNotPileUp() {
        FlinkUiSessions.Session oldest = sessions.open(sessions.ticket()).orElseThrow();
        for (int i = 0; i < 1000; i++) {
            sessions.ticket();
            assertThat(sessions.open(sessions.ticket())).isPresent();
        }

        assertThat(sessions.admits(oldest.id(), oldest.cookie())).isFalse();
    }

    private final class MovedClock implements InstantSource {
        @Override
        public Instant instant() {
            return now;
        }
    }
}
