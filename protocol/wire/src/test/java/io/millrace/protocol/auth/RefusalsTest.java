package io.millrace.protocol.auth;

import static io.millrace.protocol.auth.SentRequest.How.USUAL;
import static io.millrace.protocol.auth.SentRequest.KEY;
import static io.millrace.protocol.auth.SentRequest.SIGNED_AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.protocol.arn.Namespace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, in which words and, where several things are wrong, which of them is told. */
class RefusalsTest {
    private static final String SKEWED = "InvalidSignatureException";
    private static final String ALL_MISSING = "Authorization header requires 'Credential' parameter."
            + " Authorization header requires 'Signature' parameter."
            + " Authorization header requires 'SignedHeaders' parameter. ";
    private static final String DATE_MISSING =
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";

    private static Authentication at(Instant now) {
        return new SigV4Authentication(
                id -> id.equals(KEY.id()) ? KEY : null,
                SigV4Authentication.DEFAULT_CLOCK_SKEW,
                InstantSource.fixed(now));
    }

    private static void accept(SentRequest request, Instant now) {
        assertThatCode(() -> at(now).authenticate(request.head(), "kinesis", request.body()))
                .doesNotThrowAnyException();
    }

    private static void refuse(SentRequest request, Instant now, String code, String text) {
        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> at(now).authenticate(request.head(), "kinesis", request.body()))
                .satisfies(e -> assertThat(e.text()).isEqualTo(text))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private static void refuse(SentRequest request, String code, String text) {
        refuse(request, SIGNED_AT, code, text);
    }

    @Test
    void withoutASignatureNobodyIsKnown() {
        SentRequest request = SentRequest.putRecord(USUAL).withHeader("Authorization", null);

        refuse(request, "MissingAuthenticationTokenException", "Missing Authentication Token");
        refuse(
                request.withQuery("X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d"),
                "MissingAuthenticationTokenException",
                "Missing Authentication Token");
    }

    @Test
    void aSignatureInTwoPlacesIsNone() {
        refuse(
                SentRequest.putRecord(USUAL).withQuery("X-Amz-Algorithm"),
                "InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            X                                 | CREDENTIAL SIGNATURE SIGNEDHEADERS
            AWS4- Signature=b Credential=a    | SIGNEDHEADERS
            AWS4- Signature=b,Credential=a    | SIGNEDHEADERS
            AWS4- Signature=b, Credential=a   | SIGNEDHEADERS
            AWS4- Signature=,SignedHeaders=a  | CREDENTIAL SIGNATURE
            """)
    void everythingThatAHeaderLacksIsTold(String authorization, String lacking) {
        StringBuilder text = new StringBuilder();
        for (String name : new String[] {"Credential", "Signature", "SignedHeaders"}) {
            if ((" " + lacking + " ").contains(" " + name.toUpperCase(java.util.Locale.ROOT) + " ")) {
                text.append("Authorization header requires '%s' parameter. ".formatted(name));
            }
        }
        SentRequest request = SentRequest.putRecord(USUAL).withHeader("Authorization", authorization);

        refuse(request, "IncompleteSignatureException", text + "Authorization=" + authorization);
    }

    @Test
    void aMissingDateIsToldWithTheRest() {
        SentRequest request =
                SentRequest.putRecord(USUAL).withHeader("Authorization", "X").withHeader("X-Amz-Date", null);

        refuse(request, "IncompleteSignatureException", ALL_MISSING + DATE_MISSING + "Authorization=X");
    }

    @Test
    void aPartWithoutAValueOrGivenTwiceIsTold() {
        refuse(
                SentRequest.putRecord(USUAL).withHeader("Authorization", "AWS4-HMAC-SHA256 Signature=b, Credential"),
                "IncompleteSignatureException",
                "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header:"
                        + " 'AWS4-HMAC-SHA256 Signature=b, Credential'.");
        refuse(
                SentRequest.putRecord(USUAL).withHeader("Authorization", "A Signature=b, Signature=b"),
                "IncompleteSignatureException",
                "Authorization header has more than one 'Signature' parameter. Authorization=A Signature=b, Signature=b");
    }

    @Test
    void everythingThatAQueryLacksIsTold() {
        SentRequest request = SentRequest.putRecord(USUAL).withHeader("Authorization", null);

        refuse(
                request.withQuery("X-Amz-Algorithm"),
                "IncompleteSignatureException",
                "AWS query-string parameters must include 'X-Amz-Algorithm'."
                        + " AWS query-string parameters must include 'X-Amz-Credential'."
                        + " AWS query-string parameters must include 'X-Amz-Signature'."
                        + " AWS query-string parameters must include 'X-Amz-SignedHeaders'."
                        + " AWS query-string parameters must include 'X-Amz-Date'."
                        + " Re-examine the query-string parameters.");
        refuse(
                request.withQuery("X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d"),
                "IncompleteSignatureException",
                "AWS query-string parameters must include 'X-Amz-SignedHeaders'."
                        + " Re-examine the query-string parameters.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"201", "2015-08-30T12:36:00Z", "20150830T126000Z", "20151330T123600Z", "20150830t123600Z"})
    void aTimeInAnotherFormIsNone(String date) {
        refuse(
                SentRequest.putRecord(USUAL).withHeader("X-Amz-Date", date),
                "IncompleteSignatureException",
                "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601"
                        .formatted(date));
    }

    @Test
    void clocksMayDifferByFiveMinutesAndNotBySecondsMore() {
        SentRequest request = SentRequest.putRecord(USUAL);

        accept(request, SIGNED_AT.plusSeconds(300));
        accept(request, SIGNED_AT.minusSeconds(300));
        refuse(
                request,
                SIGNED_AT.plusSeconds(301),
                SKEWED,
                "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)");
        refuse(
                request,
                SIGNED_AT.minusSeconds(301),
                SKEWED,
                "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z"
                        + " (20150830T123059Z + 5 min.)");
    }

    @Test
    void aPresignedRequestCountsForAsLongAsItSaysButNoLongerThanAWeek() {
        SentRequest hour = SentRequest.putRecord(USUAL.expiring(Duration.ofHours(1)));

        accept(hour, SIGNED_AT.plusSeconds(3600));
        accept(SentRequest.putRecord(USUAL.expiring(Duration.ofDays(7))), SIGNED_AT.plus(Duration.ofDays(7)));
        refuse(
                hour,
                SIGNED_AT.plusSeconds(3601),
                SKEWED,
                "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T133601Z - 60 min.)");
        refuse(
                hour,
                SIGNED_AT.minusSeconds(301),
                SKEWED,
                "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z"
                        + " (20150830T123059Z + 5 min.)");
        for (String expires : new String[] {"604801", "0", "-1", "", "1e3", "99999999999"}) {
            refuse(
                    hour.withQuery(hour.query().replace("X-Amz-Expires=3600", "X-Amz-Expires=" + expires)),
                    "InvalidSignatureException",
                    "X-Amz-Expires must be between 1 and 604800 seconds, got '%s'".formatted(expires));
        }
    }

    @Test
    void hostAndEveryAmazonHeaderHaveToBeSigned() {
        SentRequest request = SentRequest.putRecord(USUAL);
        String authorization = request.header("Authorization");

        refuse(
                request.withHeader("Authorization", authorization.replace("host;", "")),
                "InvalidSignatureException",
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        refuse(
                request.withHeader("Authorization", authorization.replace(";x-amz-date", "")),
                "InvalidSignatureException",
                "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.");
        refuse(
                request.withHeader("x-amz-other", "added on the way"),
                "InvalidSignatureException",
                "'x-amz-other' must be a 'SignedHeader' in the AWS Authorization.");
        refuse(
                SentRequest.putRecord(USUAL.expiring(Duration.ofHours(1))).withHeader("x-amz-other", "added"),
                "InvalidSignatureException",
                "'x-amz-other' must be a 'SignedHeader' in the AWS Authorization.");
        refuse(
                request.withHeader("X-Amz-Date", null).withHeader("Date", "20150830T123600Z"),
                "InvalidSignatureException",
                "'Date' must be a 'SignedHeader' in the AWS Authorization.");
    }

    @Test
    void anotherAlgorithmIsNotKnown() {
        SentRequest request = SentRequest.putRecord(USUAL);

        refuse(
                request.withHeader(
                        "Authorization", request.header("Authorization").replace("SHA256 ", "SHA25 ")),
                "IncompleteSignatureException",
                "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b/c/d", "a/b/c/d/e/f", "a"})
    void aCredentialHasFiveParts(String credential) {
        refuse(
                SentRequest.putRecord(USUAL)
                        .withHeader(
                                "Authorization",
                                "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target, Signature=s"
                                        .formatted(credential)),
                "IncompleteSignatureException",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'"
                        .formatted(credential));
    }

    @Test
    void aSignatureForAnotherServiceRegionOrDayDoesNotCountHere() {
        refuse(
                SentRequest.putRecord(USUAL.forService("firehose")),
                "InvalidSignatureException",
                "Credential should be scoped to correct service: 'kinesis'. ");
        refuse(
                SentRequest.putRecord(USUAL.inRegion("EU_1")),
                "InvalidSignatureException",
                "Credential should be scoped to a valid region, not 'EU_1'. ");
        SentRequest request = SentRequest.putRecord(USUAL);
        String authorization = request.header("Authorization");
        refuse(
                request.withHeader(
                        "Authorization",
                        authorization.replace("20150830/us-east-1/kinesis/aws4_request", "20150829//x/aws5_request")),
                "InvalidSignatureException",
                "Credential should be scoped to a valid region, not ''."
                        + " Credential should be scoped to correct service: 'kinesis'."
                        + " Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."
                        + " Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP. ");
    }

    @Test
    void anAccessKeyThatNobodyHasIsToldBeforeTheSignature() {
        AccessKey other = new AccessKey("AKIDOTHER", KEY.secret(), "111111111111", "");

        refuse(
                SentRequest.putRecord(USUAL.by(other)),
                "UnrecognizedClientException",
                "The security token included in the request is invalid.");
    }

    @Test
    void aWrongSecretIsToldWithWhatShouldHaveBeenSigned() {
        AccessKey guessed = new AccessKey(KEY.id(), KEY.secret() + "x", KEY.account(), "");
        SentRequest request = SentRequest.putRecord(USUAL.by(guessed));

        refuse(request, "InvalidSignatureException", """
                The request signature we calculated does not match the signature you provided. \
                Check your AWS Secret Access Key and signing method. Consult the service documentation for details.

                The Canonical String for this request should have been
                'POST
                /

                content-type:application/x-amz-json-1.1
                host:localhost:4567
                x-amz-content-sha256:%1$s
                x-amz-date:20150830T123600Z
                x-amz-target:Kinesis_20131202.PutRecord

                content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target
                %1$s'

                The String-to-Sign should have been
                'AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/kinesis/aws4_request
                2673bb4fd8e05d5f8bcf1e3a199027c629ba743e1744adefda08101a1e843f50'
                """.formatted(request.header("x-amz-content-sha256")));
    }

    @Test
    void aSessionTokenIsRefusedEvenIfTheSignatureIsRight() {
        SentRequest request = SentRequest.putRecord(USUAL).withHeader("x-amz-security-token", "FwoG");

        refuse(request, "UnrecognizedClientException", "The security token included in the request is invalid");
    }

    @Test
    void theAccountIsThatOfTheKeyAndTheRegionThatOfTheScope() throws Exception {
        AccessKey key = new AccessKey(KEY.id(), KEY.secret(), "123456789012", "");
        Authentication authentication = new SigV4Authentication(
                id -> key, SigV4Authentication.DEFAULT_CLOCK_SKEW, InstantSource.fixed(SIGNED_AT));
        SentRequest request = SentRequest.putRecord(USUAL.inRegion("ap-south-1"));

        assertThat(authentication.authenticate(request.head(), "kinesis", request.body()))
                .isEqualTo(new Namespace("123456789012", "ap-south-1"));
    }

    @Test
    void aDateHeaderOfHttpWillDoWhereThereIsNoOther() throws Exception {
        SignatureParameters read = SignatureParameters.of(SentRequest.putRecord(USUAL)
                .withHeader("X-Amz-Date", null)
                .withHeader("Date", "Sun, 30 Aug 2015 12:36:00 GMT")
                .head());

        assertThat(read.timestamp()).isEqualTo("20150830T123600Z");
    }

    @Test
    void whenClocksDifferTheSenderIsToldTheTimeHere() {
        SentRequest request = SentRequest.putRecord(USUAL);
        Instant now = SIGNED_AT.plusSeconds(3000);

        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> at(now).authenticate(request.head(), "kinesis", request.body()))
                .satisfies(e -> assertThat(e.clock()).contains(now));
    }

    @Test
    void aBodyIsHashedWhateverTheRequestDeclares() {
        SentRequest request = SentRequest.putRecord(USUAL);
        byte[] other = "{\"StreamName\":\"others\"}".getBytes(StandardCharsets.UTF_8);

        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> at(SIGNED_AT).authenticate(request.head(), "kinesis", other))
                .withMessageStartingWith("The request signature we calculated does not match");
    }
}
