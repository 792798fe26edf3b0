package io.millrace.protocol.auth;

import static io.millrace.protocol.auth.SentRequest.How.USUAL;
import static io.millrace.protocol.auth.SentRequest.KEY;
import static io.millrace.protocol.auth.SentRequest.SIGNED_AT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.protocol.arn.Namespace;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests whose body has not arrived when they are checked: what their senders sign in place of its hash. */
class StreamedBodyTest {
    private static final String EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final String SOME_HASH = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";

    private final Authentication authentication = new SigV4Authentication(
            id -> id.equals(KEY.id()) ? KEY : null,
            SigV4Authentication.DEFAULT_CLOCK_SKEW,
            InstantSource.fixed(SIGNED_AT));

    /** Signs by the classes under test: no SDK signs these forms without sending the header. */
    private static SentRequest putMedia(String payloadHash, boolean declared) throws UnauthenticatedException {
        String names = declared
                ? "host;x-amz-content-sha256;x-amz-date;x-amzn-stream-name"
                : "host;x-amz-date;x-amzn-stream-name";
        String authorization =
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/kinesisvideo/aws4_request, SignedHeaders="
                        + names + ", Signature=";
        SentRequest request = new SentRequest(
                        "POST",
                        "/putMedia",
                        "",
                        List.of(
                                Map.entry("Host", "localhost"),
                                Map.entry("X-Amz-Date", "20150830T123600Z"),
                                Map.entry("x-amzn-stream-name", "door")),
                        new byte[0])
                .withHeader("x-amz-content-sha256", declared ? payloadHash : null)
                .withHeader("Authorization", authorization + "0");
        SignatureParameters parameters = SignatureParameters.of(request.head());
        SignatureCalculator calculator = new SignatureCalculator();
        Credential credential = Credential.parse(parameters.credential());
        calculator.begin(request.head(), parameters);
        calculator.matches(parameters, credential, calculator.derive(KEY, credential), payloadHash);
        return request.withHeader("Authorization", authorization + calculator.computed());
    }

    @ParameterizedTest
    @ValueSource(strings = {EMPTY_HASH, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD"})
    void formsThatProducersSignWithoutSayingSoAreTaken(String payloadHash) throws Exception {
        assertThat(authentication.authenticateStreamed(
                        putMedia(payloadHash, false).head(), "kinesisvideo"))
                .isEqualTo(new Namespace("000000000000", "us-east-1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {EMPTY_HASH, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD", SOME_HASH})
    void whatARequestDeclaresIsTaken(String payloadHash) throws Exception {
        assertThat(authentication.authenticateStreamed(
                        putMedia(payloadHash, true).head(), "kinesisvideo"))
                .isEqualTo(new Namespace("000000000000", "us-east-1"));
    }

    @Test
    void whatIsDeclaredAndWhatIsSignedHaveToBeTheSame() throws Exception {
        SentRequest request = putMedia("UNSIGNED-PAYLOAD", true).withHeader("x-amz-content-sha256", EMPTY_HASH);

        refuse(request);
    }

    @Test
    void anyOtherFormOrAnotherStreamIsRefused() throws Exception {
        refuse(putMedia(SOME_HASH, false));
        refuse(putMedia(EMPTY_HASH, false).withHeader("x-amzn-stream-name", "safe"));
    }

    @Test
    void aBodyThatIsThereIsNeverLeftUnsigned() throws Exception {
        SentRequest unsigned = putMedia("UNSIGNED-PAYLOAD", true);
        SentRequest empty = putMedia(EMPTY_HASH, false);

        for (SentRequest request : List.of(unsigned, empty)) {
            assertThatExceptionOfType(UnauthenticatedException.class)
                    .isThrownBy(
                            () -> authentication.authenticate(request.head(), "kinesisvideo", "{}".getBytes(UTF_8)));
        }
    }

    private void refuse(SentRequest request) {
        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> authentication.authenticateStreamed(request.head(), "kinesisvideo"))
                .withMessageStartingWith("The request signature we calculated does not match");
    }

    @Test
    void theServiceOfAStreamedRequestIsCheckedToo() throws Exception {
        SentRequest request = SentRequest.putRecord(USUAL);

        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> authentication.authenticateStreamed(request.head(), "kinesisvideo"))
                .withMessage("Credential should be scoped to correct service: 'kinesisvideo'. ");
    }
}
