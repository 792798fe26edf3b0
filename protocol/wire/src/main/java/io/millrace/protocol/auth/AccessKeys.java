package io.millrace.protocol.auth;

import org.jspecify.annotations.Nullable;

/** The access keys that count now. Thread-safe, and never blocks. */
@FunctionalInterface
public interface AccessKeys {

    /** Returns the key of an id. */
    @Nullable
    AccessKey find(String id);

    /** Returns these keys and one more. */
    default AccessKeys and(AccessKey own) {
        return id -> id.equals(own.id()) ? own : find(id);
    }
}
