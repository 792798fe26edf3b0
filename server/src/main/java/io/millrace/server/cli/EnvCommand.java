package io.millrace.server.cli;

import io.millrace.server.node.Connections;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace env}: prints what AWS clients need to reach a node, as environment variables. */
@Command(
        mixinStandardHelpOptions = true,
        name = "env",
        description = {
            "Prints endpoints and keys of a node as environment variables of AWS clients.",
            "Use it so: eval \"$$(./millrace env)\". With --auth sigv4, keys come from 'millrace keys add'."
        })
final class EnvCommand implements Callable<Integer> {
    @Mixin
    private NodeLocation node = new NodeLocation();

    @Override
    public Integer call() throws IOException {
        Connections connections = node.connections();
        Connections.ObjectStoreAccess s3 = connections.s3();
        export("AWS_ENDPOINT_URL", connections.api());
        export("AWS_DEFAULT_REGION", s3 == null ? "us-east-1" : s3.region());
        if (s3 != null) {
            export("AWS_ENDPOINT_URL_S3", s3.url());
        }
        if (!connections.apiAccess().signed()) { // any key will do for the API, so the store's own serves both
            export("AWS_ACCESS_KEY_ID", s3 == null ? "any" : s3.accessKey());
            export("AWS_SECRET_ACCESS_KEY", s3 == null ? "any" : s3.secretKey());
        }
        return 0;
    }

    private static void export(String name, String value) {
        System.out.println("export " + name + "=" + KeysCommand.quoted(value));
    }
}
