package io.millrace.server.node;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.state.DocumentStore;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The access key by which delivery jobs read what was put directly. It is kept, since a job on a cluster of others goes on
 * while the node starts anew.
 */
final class BufferKey {
    private static final String DOCUMENT = "key";

    private BufferKey() {}

    /** Returns the key of a data directory, making it when there is none. */
    static AccessKey of(DataDirectory directory) throws IOException {
        DocumentStore store = DocumentStore.openPrivate(directory.resolve("buffer-key"));
        byte[] kept = store.readAll().get(DOCUMENT);
        if (kept != null) {
            return read(kept);
        }
        AccessKey made = AccessKey.generate(new SecureRandom(), Namespace.DEFAULT_ACCOUNT, "delivery jobs");
        store.put(DOCUMENT, JsonMapper.shared().writeValueAsBytes(Map.of("id", made.id(), "secret", made.secret())));
        return made;
    }

    private record Kept(String id, String secret) {}

    private static AccessKey read(byte[] document) throws IOException {
        try {
            Kept kept = JsonMapper.shared().readValue(document, Kept.class);
            return new AccessKey(kept.id(), kept.secret(), Namespace.DEFAULT_ACCOUNT, "delivery jobs");
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException("the key of the delivery jobs is damaged", e);
        }
    }
}
