package io.millrace.protocol.auth;

import static io.millrace.protocol.auth.SentRequest.How.USUAL;
import static io.millrace.protocol.auth.SentRequest.KEY;
import static io.millrace.protocol.auth.SentRequest.SIGNED_AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Signing keys are kept, and yet a key that is gone or has another secret counts no longer. */
class SigningKeysTest {
    private final Map<String, AccessKey> keys = new HashMap<>(Map.of(KEY.id(), KEY));
    private final Authentication authentication =
            new SigV4Authentication(keys::get, SigV4Authentication.DEFAULT_CLOCK_SKEW, InstantSource.fixed(SIGNED_AT));

    private void accept(SentRequest request) {
        assertThatCode(() -> authentication.authenticate(request.head(), "kinesis", request.body()))
                .doesNotThrowAnyException();
    }

    private void refuse(SentRequest request, String code) {
        assertThatExceptionOfType(UnauthenticatedException.class)
                .isThrownBy(() -> authentication.authenticate(request.head(), "kinesis", request.body()))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aRemovedKeyIsRefusedThoughItsSigningKeyIsKept() {
        SentRequest request = SentRequest.putRecord(USUAL);
        accept(request);
        keys.clear();

        refuse(request, "UnrecognizedClientException");
    }

    @Test
    void anotherSecretUnderTheSameIdIsAnotherKey() {
        SentRequest former = SentRequest.putRecord(USUAL);
        accept(former);
        accept(former);
        AccessKey renewed = new AccessKey(KEY.id(), "another/secret", KEY.account(), "");
        keys.put(KEY.id(), renewed);

        refuse(former, "InvalidSignatureException");
        accept(SentRequest.putRecord(USUAL.by(renewed)));
        refuse(former, "InvalidSignatureException");
    }

    @Test
    void theyAreBounded() throws Exception {
        SigningKeys kept = new SigningKeys();
        for (int i = 0; i < 3 * SigningKeys.MOST_KEPT; i++) {
            Credential credential = Credential.parse("AKID/20150830/region-%d/kinesis/aws4_request".formatted(i));
            SecretKeySpec key = new SecretKeySpec(new byte[] {(byte) i}, "any");
            kept.keep(KEY, credential, key);
            assertThat(kept.find(KEY, credential)).isSameAs(key);
            assertThat(kept.size()).isBetween(1, SigningKeys.MOST_KEPT);
        }
    }
}
