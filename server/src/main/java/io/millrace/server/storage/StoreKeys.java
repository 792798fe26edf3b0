package io.millrace.server.storage;

import io.millrace.durable.documents.DocumentStore;
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
 * The key pair of an embedded store, where the operator gives none: random, made at the first start, kept in a folder
 * that only its owner may read. A key pair that every installation has would let in everybody who can reach the port.
 */
public final class StoreKeys {
    private static final Logger LOG = LoggerFactory.getLogger(StoreKeys.class);
    private static final String DOCUMENT = "own";
    private static final String ACCOUNT = "000000000000"; // buckets have no accounts; the key's form has

    private StoreKeys() {}

    /** Returns the kept key pair. Makes one when there is none, and, with a warning, when it cannot be read. */
    public static AccessKey loadOrCreate(Path folder, SecureRandom random) throws IOException {
        DocumentStore documents = DocumentStore.openPrivate(folder);
        Optional<byte[]> document = documents.find(DOCUMENT);
        if (document.isPresent()) {
            Optional<AccessKey> key = read(document.get());
            if (key.isPresent()) {
                return key.get();
            }
            LOG.warn("{}: the keys of the embedded S3 cannot be read; new ones are made", folder);
        }
        AccessKey made = AccessKey.generate(random, ACCOUNT, "embedded S3");
        documents.put(DOCUMENT, JsonMapper.shared().writeValueAsBytes(made));
        return made;
    }

    private static Optional<AccessKey> read(byte[] document) {
        try {
            return Optional.ofNullable(JsonMapper.shared().readValue(document, AccessKey.class));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
