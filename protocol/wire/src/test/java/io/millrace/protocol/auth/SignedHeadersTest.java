package io.millrace.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.protocol.endpoint.RequestHead;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sender whose signature is not known to hold may make the node do. */
class SignedHeadersTest {
    private static final String SCOPE = "Credential=AKIDEXAMPLE/20150830/us-east-1/kinesis/aws4_request";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host;x-amz-date;host",
                "host;x-amz-date;x-amz-date",
                "Host;host;x-amz-date",
                "host;x-amz-date;X-Amz-Date",
                ":authority;host;x-amz-date",
                "host;:authority;x-amz-date",
                "a;a",
                "b;a;b",
                "a;;;",
            })
    void aHeaderIsSignedOnce(String names) {
        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> SignedHeaders.checked(names))
                .satisfies(e -> assertThat(e.code()).isEqualTo("IncompleteSignatureException"))
                .satisfies(e -> assertThat(e.text()).contains("more than once"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "host;x-amz-date;x-amz-target", "x-amz-date;host", "a;ab;b", "ab;a", "a;"})
    void whatNamesEachOnceIsTaken(String names) {
        assertThatCode(() -> SignedHeaders.checked(names)).doesNotThrowAnyException();
    }

    @Test
    void moreThanAHundredAreRefused() {
        assertThatCode(() -> SignedHeaders.checked(sorted(100))).doesNotThrowAnyException();
        assertThatExceptionOfType(UnauthenticatedException.class).isThrownBy(() -> SignedHeaders.checked(sorted(101)));
    }

    private static String sorted(int count) {
        return IntStream.range(0, count).mapToObj(i -> "h" + (1000 + i)).collect(Collectors.joining(";"));
    }

    @Test
    void anyListIsTakenExactlyWhenNoNameIsThereTwice() {
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            String names = random.ints(1 + random.nextInt(9), 0, 6)
                    .mapToObj(c -> "abA;-:".substring(c, c + 1))
                    .collect(Collectors.joining());
            List<String> each = Arrays.stream(withoutLast(names).split(";", -1))
                    .map(name -> name.toLowerCase(Locale.ROOT))
                    .toList();
            boolean once = new HashSet<>(each).size() == each.size();

            assertThat(isTaken(names)).as(names).isEqualTo(once);
        }
    }

    /** A semicolon behind the last name begins no other. */
    private static String withoutLast(String names) {
        return names.endsWith(";") ? names.substring(0, names.length() - 1) : names;
    }

    private static boolean isTaken(String names) {
        try {
            return SignedHeaders.checked(names).equals(names);
        } catch (UnauthenticatedException e) {
            return false;
        }
    }

    @Test
    void whatIsSaidOfAWrongSignatureIsBounded() {
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set("Host", "localhost").set("X-Amz-Date", "20150830T123600Z");
        String names = "a;host;x-amz-date";
        headers.set("a", "\u00e4".repeat(12_000));
        headers.set("Authorization", "AWS4-HMAC-SHA256 %s, SignedHeaders=%s, Signature=00".formatted(SCOPE, names));

        UnauthenticatedException refused = refusalOf(headers, "");
        assertThat(refused.code()).isEqualTo("InvalidSignatureException");
        assertThat(refused.text())
                .startsWith("The request signature we calculated")
                .hasSizeLessThan(9_000);
    }

    @Test
    void manyParametersAreRefusedBeforeTheyAreSorted() {
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set("Host", "localhost").set("X-Amz-Date", "20150830T123600Z");
        headers.set(
                "Authorization", "AWS4-HMAC-SHA256 %s, SignedHeaders=host;x-amz-date, Signature=00".formatted(SCOPE));

        assertThat(refusalOf(headers, "a&".repeat(8_000)).text())
                .isEqualTo("The query string has more than 100 parameters.");
        assertThat(refusalOf(headers, "a&".repeat(100)).code()).isEqualTo("InvalidSignatureException");
    }

    private static UnauthenticatedException refusalOf(HttpHeaders headers, String query) {
        Authentication authentication = new SigV4Authentication(
                id -> SentRequest.KEY,
                SigV4Authentication.DEFAULT_CLOCK_SKEW,
                InstantSource.fixed(SentRequest.SIGNED_AT));
        try {
            authentication.authenticate(
                    new RequestHead("POST", "/", query, headers, false, false), "kinesis", new byte[0]);
        } catch (UnauthenticatedException e) {
            return e;
        }
        throw new AssertionError("the request was let in");
    }
}
