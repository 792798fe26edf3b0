package io.millrace.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.arn.Namespace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;

/** What the AWS SDK has signed is accepted, and nothing that differs from it by as little as one bit. */
class ChangedRequestTest {
    private static final int BITS = 8;
    private static final Namespace SENDER = new Namespace("000000000000", "eu-central-1");

    private final Authentication authentication = new SigV4Authentication(
            id -> id.equals(SentRequest.KEY.id()) ? SentRequest.KEY : null,
            SigV4Authentication.DEFAULT_CLOCK_SKEW,
            InstantSource.fixed(SentRequest.SIGNED_AT));

    static LongStream seeds() {
        return LongStream.concat(
                LongStream.range(0, 8), ThreadLocalRandom.current().longs(2));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everySingleBitOfASignedHeaderRequestCounts(long seed) throws Exception {
        SentRequest request = random(new Random(seed), null);

        assertThat(authentication.authenticate(request.head(), "kinesis", request.body()))
                .isEqualTo(SENDER);
        assertThat(accepted(changesOf(request))).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everySingleBitOfAPresignedRequestCounts(long seed) throws Exception {
        SentRequest request = random(new Random(seed), Duration.ofDays(7));

        assertThat(authentication.authenticate(request.head(), "kinesis", request.body()))
                .isEqualTo(SENDER);
        assertThat(accepted(changesOf(request))).isEmpty();
    }

    private record Change(String what, SentRequest request) {}

    private List<String> accepted(List<Change> changes) {
        assertThat(changes).hasSizeGreaterThan(1000);
        List<String> accepted = new ArrayList<>();
        for (Change change : changes) {
            SentRequest request = change.request();
            try {
                authentication.authenticate(request.head(), "kinesis", request.body());
                accepted.add(change.what());
            } catch (UnauthenticatedException e) {
                assertThat(e.code()).endsWith("Exception");
            }
        }
        return accepted;
    }

    private static List<Change> changesOf(SentRequest request) {
        List<Change> changes = new ArrayList<>();
        flips(request.method())
                .forEach(method -> changes.add(new Change("method " + method, request.withMethod(method))));
        flips(request.path()).forEach(path -> changes.add(new Change("path " + path, request.withPath(path))));
        for (String query : flips(request.query())) {
            if (!isSameButForDigits(query, request.query())) {
                changes.add(new Change("query " + query, request.withQuery(query)));
            }
        }
        for (int i = 0; i < request.headers().size(); i++) {
            Map.Entry<String, String> header = request.headers().get(i);
            if (!header.getKey().equalsIgnoreCase("User-Agent")) {
                addHeaderChanges(request, i, header, changes);
            }
        }
        for (int i = 0; i < request.body().length * BITS; i++) {
            byte[] body = request.body().clone();
            body[i / BITS] ^= (byte) (1 << i % BITS);
            changes.add(new Change("body at " + i, request.withBody(body)));
        }
        return changes;
    }

    private static void addHeaderChanges(
            SentRequest request, int index, Map.Entry<String, String> header, List<Change> changes) {
        for (String value : flips(header.getValue())) {
            changes.add(new Change(
                    header.getKey() + ": " + value, request.withHeaderAt(index, Map.entry(header.getKey(), value))));
        }
        for (String name : flips(header.getKey())) {
            if (!name.equalsIgnoreCase(header.getKey())) {
                changes.add(new Change(name, request.withHeaderAt(index, Map.entry(name, header.getValue()))));
            }
        }
    }

    /** Tells whether two queries mean the same: the digits behind a percent sign may be in either case. */
    private static boolean isSameButForDigits(String query, String other) {
        return upperDigits(query).equals(upperDigits(other));
    }

    private static String upperDigits(String query) {
        StringBuilder upper = new StringBuilder(query);
        for (int i = upper.indexOf("%"); i >= 0 && i + 2 < upper.length(); i = upper.indexOf("%", i + 1)) {
            upper.replace(i, i + 3, upper.substring(i, i + 3).toUpperCase(Locale.ROOT));
        }
        return upper.toString();
    }

    private static List<String> flips(String text) {
        List<String> flipped = new ArrayList<>();
        for (int i = 0; i < text.length() * BITS; i++) {
            StringBuilder other = new StringBuilder(text);
            other.setCharAt(i / BITS, (char) (text.charAt(i / BITS) ^ 1 << i % BITS));
            flipped.add(other.toString());
        }
        return flipped;
    }

    private static SentRequest random(Random random, @Nullable Duration expires) {
        SdkHttpRequest.Builder request = SdkHttpRequest.builder()
                .method(random.nextBoolean() ? SdkHttpMethod.POST : SdkHttpMethod.PUT)
                .protocol("https")
                .host("node-%d.example".formatted(random.nextInt(100)))
                .port(1 + random.nextInt(65_535))
                .encodedPath(random.nextBoolean() ? "/" : "/putMedia/%20" + word(random) + "/b.c~d")
                .putHeader("Content-Type", "application/x-amz-json-1.1")
                .putHeader("X-Amz-Target", "Kinesis_20131202." + word(random))
                .putHeader("x-amzn-stream-name", word(random) + "  " + word(random))
                .putHeader("User-Agent", "not signed");
        for (int i = random.nextInt(3); i > 0; i--) {
            request.appendRawQueryParameter(word(random), word(random) + " +/=" + word(random));
        }
        request.appendHeader("x-many", word(random));
        request.appendHeader("x-many", word(random));
        byte[] body = new byte[random.nextInt(300)];
        random.nextBytes(body);
        return SentRequest.signed(
                request.build(),
                body,
                SentRequest.How.USUAL.inRegion(SENDER.region()).expiring(expires));
    }

    private static String word(Random random) {
        return Integer.toString(random.nextInt(1 << 25), 36) + (random.nextBoolean() ? "Q" : "z");
    }
}
