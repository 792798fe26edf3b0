package io.millrace.analytics.connector.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

@Timeout(30)
class CredentialsTest {
    private static final String REGION = "eu-west-1";

    @TempDir
    Path directory;

    private static String keyOf(Credentials credentials) {
        AwsCredentials resolved = credentials.open(REGION).resolveCredentials();
        return resolved.accessKeyId() + " " + resolved.secretAccessKey();
    }

    @Test
    void fixedKeysAreUsedAndTheSecretIsNotShown() {
        Credentials basic = new Credentials.Basic("key", "secret");
        assertThat(keyOf(basic)).isEqualTo("key secret");
        assertThat(basic.toString()).doesNotContain("secret");
    }

    @Test
    void systemPropertiesAreRead() {
        System.setProperty("aws.accessKeyId", "from-property");
        System.setProperty("aws.secretAccessKey", "secret");
        try {
            assertThat(keyOf(new Credentials.SystemProperties())).isEqualTo("from-property secret");
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }

    @Test
    @DisabledIfEnvironmentVariable(named = "AWS_ACCESS_KEY_ID", matches = ".*")
    void theEnvironmentIsReadAndNothingElse() {
        assertThatThrownBy(() ->
                        new Credentials.EnvironmentVariables().open(REGION).resolveCredentials())
                .hasMessageContaining("AWS_ACCESS_KEY_ID");
    }

    @Test
    void aProfileIsReadFromItsFile() throws IOException {
        Path file = Files.writeString(directory.resolve("credentials"), """
            [default]
            aws_access_key_id = default-key
            aws_secret_access_key = a
            [jobs]
            aws_access_key_id = jobs-key
            aws_secret_access_key = b
            """);
        assertThat(keyOf(new Credentials.Profile(file.toString(), "jobs"))).isEqualTo("jobs-key b");
        assertThat(keyOf(new Credentials.Profile(file.toString(), null))).isEqualTo("default-key a");
    }

    @Test
    void aRoleIsLentByTheServiceThatTheTableNames() throws IOException {
        List<String> requests = new ArrayList<>();
        HttpServer sts = sts("AssumeRole", requests);
        try {
            Credentials role = new Credentials.AssumeRole(
                    "arn:aws:iam::000000000000:role/jobs",
                    "session",
                    "outside",
                    url(sts),
                    new Credentials.Basic("lender", "secret"));
            assertThat(keyOf(role)).isEqualTo("lent-key lent-secret");
        } finally {
            sts.stop(0);
        }
        assertThat(requests)
                .singleElement()
                .asString()
                .contains(
                        "Credential=lender/",
                        "/eu-west-1/sts/",
                        "Action=AssumeRole&",
                        "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fjobs",
                        "RoleSessionName=session",
                        "ExternalId=outside");
    }

    @Test
    void aRoleIsLentForATokenInAFile() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "the-token");
        List<String> requests = new ArrayList<>();
        HttpServer sts = sts("AssumeRoleWithWebIdentity", requests);
        try {
            Credentials role = new Credentials.WebIdentity(
                    "arn:aws:iam::000000000000:role/jobs", "session", token.toString(), url(sts));
            assertThat(keyOf(role)).isEqualTo("lent-key lent-secret");
        } finally {
            sts.stop(0);
        }
        assertThat(requests)
                .singleElement()
                .asString()
                .contains("WebIdentityToken=the-token", "RoleSessionName=session");
        assertThatThrownBy(() -> new Credentials.WebIdentity(null, null, null, null).open(REGION))
                .hasMessageContaining("AWS_ROLE_ARN");
    }

    /** A provider of a user's own. */
    public static final class Own implements AwsCredentialsProvider {
        private final String key;

        public Own(Properties properties) {
            key = properties.getProperty("aws.own.key");
        }

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create(key, "own");
        }
    }

    /** A provider that needs to be told nothing. */
    public static final class Plain implements AwsCredentialsProvider {
        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create("plain", "own");
        }
    }

    @Test
    void aProviderOfTheUsersOwnIsMade() {
        assertThat(keyOf(new Credentials.Custom(Own.class.getName(), Map.of("aws.own.key", "k"))))
                .isEqualTo("k own");
        assertThat(keyOf(new Credentials.Custom(Plain.class.getName(), Map.of())))
                .isEqualTo("plain own");
        for (String wrong : List.of("no.such.Class", "java.lang.String")) {
            assertThatThrownBy(() -> new Credentials.Custom(wrong, Map.of()).open(REGION))
                    .hasMessage("aws.credentials.custom.class: " + wrong + " cannot be used");
        }
    }

    private static String url(HttpServer server) {
        return "http://localhost:" + server.getAddress().getPort();
    }

    private static HttpServer sts(String operation, List<String> requests) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestHeaders().getFirst("Authorization") + "\n"
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = ("<" + operation + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><"
                            + operation + "Result><Credentials><AccessKeyId>lent-key</AccessKeyId>"
                            + "<SecretAccessKey>lent-secret</SecretAccessKey><SessionToken>token</SessionToken>"
                            + "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></" + operation
                            + "Result></" + operation + "Response>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/xml");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }
}
