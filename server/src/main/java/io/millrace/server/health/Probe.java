package io.millrace.server.health;

/** Looks at one part of the node. Called again and again on a thread of its own, so it may wait; others never do. */
@FunctionalInterface
public interface Probe {

    /** Returns how the part stands. An exception counts as a failure of the part, with its message as the reason. */
    Part look() throws Exception;
}
