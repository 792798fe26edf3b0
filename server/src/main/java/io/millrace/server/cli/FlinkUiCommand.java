package io.millrace.server.cli;

import io.millrace.server.node.Connections;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.json.JsonMapper;

/** {@code millrace flink-ui}: prints a link that opens Flink's web UI. */
@Command(
        mixinStandardHelpOptions = true,
        name = "flink-ui",
        description = "Prints a link that opens Flink's web UI, once and within a minute, through the node.")
final class FlinkUiCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int OK = 200;

    @Mixin
    private NodeLocation node = new NodeLocation();

    @Override
    public Integer call() throws IOException, UserException {
        Connections connections = node.connections();
        HttpRequest request = HttpRequest.newBuilder(URI.create(connections.api() + "/millrace/flink-ui"))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + connections.apiAccess().secretKey())
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            HttpResponse<byte[]> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != OK) {
                throw new UserException("the node answers " + answer.statusCode() + "; has it been started again?");
            }
            System.out.println(connections.api()
                    + JsonMapper.shared().readTree(answer.body()).path("path").asString());
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
