package io.millrace.server.node;

import io.millrace.durable.documents.DocumentStore;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The access key by which delivery jobs read what was put directly. It is kept, since a job on a cluster of others goes
 * on while the node starts anew.
 */
final class BufferKey {
    private static final Logger LOG = LoggerFactory.getLogger(BufferKey.class);
    private static final String DOCUMENT = "key";
    private static final String NAME = "delivery jobs";

    private BufferKey() {}

    /** Returns the key of a data directory. Makes one when there is none, and, with a warning, when it is damaged. */
    static AccessKey of(DataDirectory directory) throws IOException {
        Path folder = directory.resolve("buffer-key");
        DocumentStore store = DocumentStore.openPrivate(folder);
        Optional<byte[]> kept = store.find(DOCUMENT);
        if (kept.isPresent()) {
            Optional<AccessKey> key = read(kept.get());
            if (key.isPresent()) {
                return key.get();
            }
            LOG.warn(
                    "{}: the key of the delivery jobs is damaged; a new one is made. Jobs on a cluster of --flink-url"
                            + " have the former one: cancel them there, and the node starts them again",
                    folder);
        }
        AccessKey made = AccessKey.generate(new SecureRandom(), Namespace.DEFAULT_ACCOUNT, NAME);
        store.put(DOCUMENT, JsonMapper.shared().writeValueAsBytes(new Kept(made.id(), made.secret())));
        return made;
    }

    private record Kept(String id, String secret) {}

    private static Optional<AccessKey> read(byte[] document) {
        try {
            Kept kept = JsonMapper.shared().readValue(document, Kept.class);
            return kept == null || kept.id() == null || kept.secret() == null
                    ? Optional.empty()
                    : Optional.of(new AccessKey(kept.id(), kept.secret(), Namespace.DEFAULT_ACCOUNT, NAME));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
