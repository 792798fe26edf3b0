package io.millrace.protocol.auth;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.RequestHead;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks AWS Signature Version 4, of headers and of queries.
 *
 * <p>The order of the checks is that of AWS, since the first that fails decides what the sender reads: presence, time,
 * what has to be signed, algorithm, scope, access key, signature, session token.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The host, the time and every {@code x-amz-} header of an accepted request were signed. The one exception is the
 *       session token, which the producer SDK for video adds after it has signed; there are no temporary keys here, so
 *       a request that has one is refused anyway.
 *   <li>A body that is there as a whole was signed: its hash is always computed here, whatever the request declares.
 *   <li>Nothing is compared with a signature but by {@link java.security.MessageDigest#isEqual}.
 * </ul>
 */
public final class SigV4Authentication implements Authentication {
    /** By how much AWS lets clocks differ. */
    public static final Duration DEFAULT_CLOCK_SKEW = Duration.ofMinutes(5);

    private static final int MOST_EXPIRES_SECONDS = 604_800;
    private static final int MOST_EXPIRES_DIGITS = 6;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final String AMZ_PREFIX = "x-amz-";
    private static final String SESSION_TOKEN = "x-amz-security-token";
    private static final String INVALID_TOKEN = "The security token included in the request is invalid";
    private static final String MISMATCH =
            "The request signature we calculated does not match the signature you provided."
                    + " Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    /**
     * What the senders of streamed bodies sign in place of a hash, when they do not say: the C++ producer SDK the hash
     * of no bytes, the Java one a name from the chunked uploads of S3, though it does not send chunks.
     */
    private static final List<String> UNDECLARED = List.of(
            "UNSIGNED-PAYLOAD",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private static final ThreadLocal<SignatureCalculator> CALCULATORS =
            ThreadLocal.withInitial(SignatureCalculator::new);

    private final AccessKeys accessKeys;
    private final Duration clockSkew;
    private final InstantSource clock;
    private final SigningKeys signingKeys = new SigningKeys();

    /** @param clockSkew by how much the clocks of senders may differ from ours */
    public SigV4Authentication(AccessKeys accessKeys, Duration clockSkew, InstantSource clock) {
        this.accessKeys = accessKeys;
        this.clockSkew = clockSkew;
        this.clock = clock;
    }

    /** What a request claims, as far as it can be checked without its body. */
    private record Claim(SignatureParameters signature, Credential credential, AccessKey accessKey) {}

    @Override
    public Namespace authenticate(RequestHead head, String service, byte[] body) throws UnauthenticatedException {
        Claim claim = check(head, service);
        SignatureCalculator calculator = CALCULATORS.get();
        return confirm(head, claim, calculator, List.of(calculator.hash(body)));
    }

    /**
     * A declared hash of the body is part of what is signed, so the signature can be checked before the body is there.
     */
    @Override
    public void checkHead(RequestHead head, String service) throws UnauthenticatedException {
        Claim claim = check(head, service);
        String declared = head.header("X-Amz-Content-Sha256");
        if (declared != null && HASH.matcher(declared).matches()) {
            confirm(head, claim, CALCULATORS.get(), List.of(declared));
        }
    }

    /** The body itself stays unchecked, as at AWS: what is signed is who sends it, where to and when it began. */
    @Override
    public Namespace authenticateStreamed(RequestHead head, String service) throws UnauthenticatedException {
        Claim claim = check(head, service);
        String declared = head.header("X-Amz-Content-Sha256");
        return confirm(head, claim, CALCULATORS.get(), declared == null ? UNDECLARED : List.of(declared));
    }

    private Claim check(RequestHead head, String service) throws UnauthenticatedException {
        SignatureParameters signature = SignatureParameters.of(head);
        checkTime(signature);
        checkSignedHeaders(head, signature);
        if (!signature.algorithm().equals(SignatureCalculator.ALGORITHM)) {
            throw UnauthenticatedException.incomplete(String.format(
                    Locale.ROOT,
                    "Unsupported AWS 'algorithm': '%s' (only AWS4-HMAC-SHA256 for now). ",
                    signature.algorithm()));
        }
        Credential credential = Credential.parse(signature.credential());
        credential.checkScope(service, signature.timestamp());
        AccessKey accessKey = accessKeys.find(credential.keyId());
        if (accessKey == null) {
            throw UnauthenticatedException.unrecognized(INVALID_TOKEN + ".");
        }
        return new Claim(signature, credential, accessKey);
    }

    private void checkTime(SignatureParameters signature) throws UnauthenticatedException {
        long signed = SigningTime.toEpochSecond(signature.timestamp());
        long now = clock.millis() / 1000;
        long skew = clockSkew.toSeconds();
        String expires = signature.expires();
        long lifetime = expires == null ? skew : expiresSeconds(expires);
        if (signed < now - lifetime) {
            throw UnauthenticatedException.skewed(
                    String.format(
                            Locale.ROOT,
                            "Signature expired: %s is now earlier than %s (%s - %s)",
                            signature.timestamp(),
                            SigningTime.format(now - lifetime),
                            SigningTime.format(now),
                            shown(lifetime)),
                    Instant.ofEpochSecond(now));
        }
        if (signed > now + skew) {
            throw UnauthenticatedException.skewed(
                    String.format(
                            Locale.ROOT,
                            "Signature not yet current: %s is still later than %s (%s + %s)",
                            signature.timestamp(),
                            SigningTime.format(now + skew),
                            SigningTime.format(now),
                            shown(skew)),
                    Instant.ofEpochSecond(now));
        }
    }

    private static long expiresSeconds(String text) throws UnauthenticatedException {
        boolean digits = !text.isEmpty()
                && text.length() <= MOST_EXPIRES_DIGITS
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int seconds = digits ? Integer.parseInt(text) : -1;
        if (seconds < 1 || seconds > MOST_EXPIRES_SECONDS) {
            throw UnauthenticatedException.invalid(String.format(
                    Locale.ROOT,
                    "X-Amz-Expires must be between 1 and %d seconds, got '%s'",
                    MOST_EXPIRES_SECONDS,
                    text));
        }
        return seconds;
    }

    private static String shown(long seconds) {
        return seconds % SECONDS_PER_MINUTE == 0 ? seconds / SECONDS_PER_MINUTE + " min." : seconds + " sec.";
    }

    private static void checkSignedHeaders(RequestHead head, SignatureParameters signature)
            throws UnauthenticatedException {
        if (!signature.signs("host") && !signature.signs(":authority")) {
            throw unsigned("Host' or ':authority");
        }
        boolean dated = false;
        Iterator<Map.Entry<CharSequence, CharSequence>> headers = head.headers().iteratorCharSequence();
        while (headers.hasNext()) {
            CharSequence name = headers.next().getKey();
            if (startsWithAmz(name)) {
                dated |= AsciiString.contentEqualsIgnoreCase(name, "x-amz-date");
                if (!signature.signs(name) && !AsciiString.contentEqualsIgnoreCase(name, SESSION_TOKEN)) {
                    throw unsigned(name);
                }
            }
        }
        boolean inHeader = head.header("Authorization") != null;
        if (inHeader && !dated && !signature.signs("date")) {
            throw unsigned("Date");
        }
    }

    private static boolean startsWithAmz(CharSequence name) {
        return name.length() > AMZ_PREFIX.length()
                && AsciiString.regionMatches(name, true, 0, AMZ_PREFIX, 0, AMZ_PREFIX.length());
    }

    private static UnauthenticatedException unsigned(CharSequence name) {
        return UnauthenticatedException.invalid(
                String.format(Locale.ROOT, "'%s' must be a 'SignedHeader' in the AWS Authorization.", name));
    }

    private Namespace confirm(RequestHead head, Claim claim, SignatureCalculator calculator, List<String> payloadHashes)
            throws UnauthenticatedException {
        Credential credential = claim.credential();
        SecretKeySpec kept = signingKeys.find(claim.accessKey(), credential);
        SecretKeySpec key = kept != null ? kept : calculator.derive(claim.accessKey(), credential);
        calculator.begin(head, claim.signature());
        if (!matchesOne(claim, calculator, key, payloadHashes)) {
            throw UnauthenticatedException.invalid(MISMATCH + calculator.explanation());
        }
        if (kept == null) {
            signingKeys.keep(claim.accessKey(), credential, key);
        }
        if (claim.signature().sessionToken() != null) {
            throw UnauthenticatedException.unrecognized(INVALID_TOKEN);
        }
        return new Namespace(claim.accessKey().account(), credential.region());
    }

    private static boolean matchesOne(
            Claim claim, SignatureCalculator calculator, SecretKeySpec key, List<String> payloadHashes) {
        for (String payloadHash : payloadHashes) {
            if (calculator.matches(claim.signature(), claim.credential(), key, payloadHash)) {
                return true;
            }
        }
        return false;
    }
}
