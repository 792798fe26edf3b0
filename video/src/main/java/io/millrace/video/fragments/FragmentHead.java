package io.millrace.video.fragments;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What has to be played before a fragment, equal for most fragments of a session. Equal by content. */
public final class FragmentHead {
    private final byte[] bytes;
    private final ByteBuffer digest;

    public FragmentHead(byte[] bytes) {
        this.bytes = bytes.clone();
        try {
            this.digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Returns a read-only view. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FragmentHead head && digest.equals(head.digest);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }
}
