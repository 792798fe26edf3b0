package io.millrace.server.health;

import java.util.Map;

/**
 * A part of the node as it stood when it was looked at.
 *
 * @param reason why it does not serve, for people; empty while it does
 * @param details what else to know, in the order of the page
 */
public record Part(State state, String reason, Map<String, Object> details) {

    /** Whether a part serves. */
    public enum State {
        OK("ok"),
        OFF("off"),
        STARTING("starting"),
        FAILED("failed"),
        NOT_ANSWERING("not answering");

        private final String text;

        State(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        /** Tells whether a node with a part in this state serves. */
        public boolean isGood() {
            return this == OK || this == OFF;
        }
    }

    public static Part ok(Map<String, Object> details) {
        return new Part(State.OK, "", details);
    }

    public static Part off() {
        return new Part(State.OFF, "", Map.of());
    }

    public static Part starting(String reason) {
        return new Part(State.STARTING, reason, Map.of());
    }

    public static Part failed(String reason) {
        return new Part(State.FAILED, reason, Map.of());
    }

    /** Returns a part that is good unless there is a failure. */
    public static Part of(String failure, Map<String, Object> details) {
        return new Part(failure.isEmpty() ? State.OK : State.FAILED, failure, details);
    }
}
