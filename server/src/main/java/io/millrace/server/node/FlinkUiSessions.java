package io.millrace.server.node;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may look at Flink's web UI: browsers that came with a ticket, which a command of the node's owner asks for.
 *
 * <p>A ticket opens one session, once, within a minute. A session is two secrets: its path, which no other site knows,
 * and a cookie for that path alone. A cookie for all of {@code 127.0.0.1} would be sent to every port of the machine,
 * also to those of other users. Thread-safe.
 */
final class FlinkUiSessions {
    static final Duration TICKET_LIFE = Duration.ofMinutes(1);
    static final Duration SESSION_LIFE = Duration.ofHours(12);

    /** Older ones give way: a browser that comes again just needs another ticket. */
    private static final int MOST = 32;

    private static final int SECRET_BYTES = 24;

    private final SecureRandom random;
    private final InstantSource clock;
    private final Deque<Ticket> tickets = new ArrayDeque<>();
    private final Deque<Session> sessions = new ArrayDeque<>();

    FlinkUiSessions(SecureRandom random, InstantSource clock) {
        this.random = random;
        this.clock = clock;
    }

    private record Ticket(String secret, Instant ends) {}

    /**
     * An open session.
     *
     * @param id a part of the path
     * @param cookie the value of the cookie
     */
    record Session(String id, String cookie, Instant ends) {}

    /** Returns a new ticket. */
    synchronized String ticket() {
        Ticket ticket = new Ticket(secret(), clock.instant().plus(TICKET_LIFE));
        tickets.addLast(ticket);
        while (tickets.size() > MOST) {
            tickets.removeFirst();
        }
        return ticket.secret();
    }

    /** Opens a session for a ticket, which is used up by it. */
    synchronized Optional<Session> open(String given) {
        Instant now = clock.instant();
        tickets.removeIf(ticket -> !now.isBefore(ticket.ends()));
        if (!tickets.removeIf(ticket -> same(ticket.secret(), given))) {
            return Optional.empty();
        }
        Session session = new Session(secret(), secret(), now.plus(SESSION_LIFE));
        sessions.addLast(session);
        while (sessions.size() > MOST) {
            sessions.removeFirst();
        }
        return Optional.of(session);
    }

    /** Tells whether a request with this path and cookie belongs to an open session. */
    synchronized boolean admits(String id, @Nullable String cookie) {
        Instant now = clock.instant();
        sessions.removeIf(session -> !now.isBefore(session.ends()));
        return cookie != null
                && sessions.stream().anyMatch(session -> same(session.id(), id) && same(session.cookie(), cookie));
    }

    private String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static boolean same(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }
}
