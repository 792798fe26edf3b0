package io.millrace.server.node;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.auth.ReservedNamespace;
import io.millrace.protocol.auth.SigV4Authentication;
import io.millrace.protocol.auth.StoredAccessKeys;
import io.millrace.server.config.NodeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access keys that a node lets in: those of its folder, which a command may change at any time, and two of its own,
 * made anew at every start, for the commands of its machine and for its jobs. Thread-safe.
 */
public final class NodeKeys {
    private static final Logger LOG = LoggerFactory.getLogger(NodeKeys.class);
    private static final String FOLDER = "access-keys";

    private final StoredAccessKeys stored;
    private final AccessKey own;
    private final AccessKey jobs;

    private NodeKeys(StoredAccessKeys stored, AccessKey own, AccessKey jobs) {
        this.stored = stored;
        this.own = own;
        this.jobs = jobs;
    }

    static NodeKeys open(DataDirectory directory) throws IOException {
        SecureRandom random = new SecureRandom();
        return new NodeKeys(
                StoredAccessKeys.open(directory.resolve(FOLDER), InstantSource.system()),
                AccessKey.generate(random, Namespace.DEFAULT_ACCOUNT, "the node itself"),
                AccessKey.generate(random, Namespace.DEFAULT_ACCOUNT, "jobs of the node"));
    }

    /**
     * Opens the keys of a data directory, whether a node runs on it or not; it is created when missing.
     *
     * @throws StartException if the directory holds something else or cannot be used
     */
    public static StoredAccessKeys ofDirectory(Path dataDirectory) throws StartException, IOException {
        return StoredAccessKeys.open(DataDirectory.prepare(dataDirectory).resolve(FOLDER), InstantSource.system());
    }

    /** Returns the key of the commands that may read the data directory. Its secret also starts applications. */
    AccessKey own() {
        return own;
    }

    /** Returns the key by which jobs call the API. It opens the API and nothing else. */
    AccessKey jobs() {
        return jobs;
    }

    boolean isEmpty() {
        return stored.list().isEmpty();
    }

    /** Returns the ids of keys whose documents cannot be read. */
    List<String> damaged() {
        return stored.damaged();
    }

    Authentication authentication(NodeConfig.Auth asked) {
        return asked instanceof NodeConfig.Auth.SigV4 sigV4
                ? new SigV4Authentication(stored.and(own).and(jobs), sigV4.clockSkew(), InstantSource.system())
                : Authentication.off();
    }

    /** As the other, and lets delivery jobs read what was put directly, which they have to sign for in any case. */
    Authentication authentication(NodeConfig.Auth asked, AccessKey bufferKey) {
        Duration clockSkew = asked instanceof NodeConfig.Auth.SigV4 sigV4
                ? sigV4.clockSkew()
                : SigV4Authentication.DEFAULT_CLOCK_SKEW;
        return new ReservedNamespace(bufferKey, "kinesis", clockSkew, InstantSource.system(), authentication(asked));
    }

    /** Takes up what commands have changed. Called every second. */
    void refresh() {
        try {
            stored.refresh();
        } catch (IOException | RuntimeException e) { // the outermost frame of the timer's task
            LOG.error("access keys: some cannot be read, and count as they did before", e);
        }
    }
}
