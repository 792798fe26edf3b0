package io.millrace.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.arn.Namespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The signed requests that AWS publishes for those who write signers. */
class AwsTestSuiteTest {
    private static final Authentication AUTHENTICATION = new SigV4Authentication(
            id -> id.equals(SentRequest.KEY.id()) ? SentRequest.KEY : null,
            SigV4Authentication.DEFAULT_CLOCK_SKEW,
            InstantSource.fixed(SentRequest.SIGNED_AT));

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void aPublishedRequestIsAcceptedAndWithAnotherBodyItIsNot(String name, SentRequest request) throws Exception {
        if (request.head().headers().contains("X-Amz-Security-Token")) {
            assertThatThrownBy(() -> AUTHENTICATION.authenticate(request.head(), "service", request.body()))
                    .as("the signature is right, the token is nobody's")
                    .hasMessage("The security token included in the request is invalid");
        } else {
            assertThat(AUTHENTICATION.authenticate(request.head(), "service", request.body()))
                    .isEqualTo(new Namespace("000000000000", "us-east-1"));
        }
        byte[] longer = Arrays.copyOf(request.body(), request.body().length + 1);
        assertThatThrownBy(() -> AUTHENTICATION.authenticate(request.head(), "service", longer))
                .hasMessageStartingWith("The request signature we calculated does not match");
    }

    static Stream<Arguments> requests() throws IOException {
        try (InputStream file = AwsTestSuiteTest.class.getResourceAsStream("aws-test-suite.txt")) {
            // one character for each byte, as the endpoint reads
            String text = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.ISO_8859_1);
            List<Arguments> requests = new ArrayList<>();
            for (String block : text.split("(?m)^=== ", -1)) {
                if (!block.isEmpty()) {
                    String name = block.substring(0, block.indexOf('\n'));
                    requests.add(Arguments.of(name, parse(block.substring(name.length() + 1))));
                }
            }
            assertThat(requests).hasSizeGreaterThan(15);
            return requests.stream();
        }
    }

    private static SentRequest parse(String block) {
        int headEnd = block.indexOf("\n\n");
        List<String> lines = block.substring(0, headEnd).lines().toList();
        String[] target = lines.get(0).split(" ", 2);
        String[] url = target[1].split("\\?", 2);
        List<Map.Entry<String, String>> headers = lines.stream()
                .skip(1)
                .map(line -> Map.entry(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1)))
                .toList();
        byte[] body = block.substring(headEnd + 2).strip().getBytes(StandardCharsets.ISO_8859_1);
        return new SentRequest(target[0], url[0], url.length > 1 ? url[1] : "", headers, body);
    }
}
