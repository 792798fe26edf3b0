package io.millrace.server.cli;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.auth.AccessKey;
import io.millrace.protocol.auth.StoredAccessKeys;
import io.millrace.server.node.NodeKeys;
import io.millrace.server.node.StartException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace keys}: the access keys of a node with {@code --auth sigv4}. It takes them up while it runs. */
@Command(
        mixinStandardHelpOptions = true,
        name = "keys",
        description = "Adds, lists and removes the access keys of a node with --auth sigv4; it may be running.")
final class KeysCommand {
    private static final String PLAIN = "[\\w+/=.-]*";

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = {
                "Adds a key and prints it as environment variables. The secret is not shown again.",
                "A data directory that is not there yet is made, for a node that starts later."
            })
    int add(
            @Mixin NodeLocation location,
            @Option(
                            names = "--name",
                            paramLabel = "NAME",
                            description = "Whose key it is, for people.",
                            defaultValue = "")
                    String name,
            @Option(
                            names = "--account",
                            paramLabel = "ACCOUNT",
                            description = "Account of what its holder makes (default: ${DEFAULT-VALUE}).",
                            defaultValue = Namespace.DEFAULT_ACCOUNT)
                    String account,
            @Option(
                            names = "--access-key-id",
                            paramLabel = "ID",
                            description = "An id of yours instead of a new one; needs --secret-access-key too.")
                    @Nullable
                    String id,
            @Option(
                            names = "--secret-access-key",
                            paramLabel = "SECRET",
                            description = "The secret of --access-key-id.")
                    @Nullable
                    String secret)
            throws IOException, StartException, UserException {
        try {
            AccessKey key = key(id, secret, account, name);
            open(location).add(key);
            System.out.println("export AWS_ACCESS_KEY_ID=" + key.id());
            System.out.println("export AWS_SECRET_ACCESS_KEY=" + quoted(key.secret()));
            return 0;
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    private static AccessKey key(@Nullable String id, @Nullable String secret, String account, String name)
            throws UserException {
        if (id != null && secret != null) {
            return new AccessKey(id, secret, account, name);
        }
        if (id != null || secret != null) {
            throw new UserException("--access-key-id and --secret-access-key: need each other");
        }
        return AccessKey.generate(new SecureRandom(), account, name);
    }

    static String quoted(String secret) {
        return secret.matches(PLAIN) ? secret : "'" + secret.replace("'", "'\\''") + "'";
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the keys without their secrets.")
    int list(@Mixin NodeLocation location) throws IOException, StartException, UserException {
        for (AccessKey key : openExisting(location).list()) {
            System.out.println(String.format(Locale.ROOT, "%s  %s  %s", key.id(), key.account(), key.name())
                    .stripTrailing());
        }
        return 0;
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Removes a key; a running node refuses it within a second or two.")
    int remove(
            @Mixin NodeLocation location,
            @Parameters(paramLabel = "ID", description = "The access key's id.") String id)
            throws IOException, StartException, UserException {
        if (!openExisting(location).remove(id)) {
            throw new UserException(String.format(
                    Locale.ROOT, "access key id: %s (expected: one that 'millrace keys list' shows)", id));
        }
        return 0;
    }

    /** A directory that a node has never used has no keys: its name is a slip of the pen. */
    private static StoredAccessKeys openExisting(NodeLocation location)
            throws IOException, StartException, UserException {
        location.requireNode();
        return open(location);
    }

    private static StoredAccessKeys open(NodeLocation location) throws IOException, StartException {
        return NodeKeys.ofDirectory(location.directory());
    }
}
