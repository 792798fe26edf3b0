package io.millrace.protocol.auth;

import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The signing keys that were derived lately, so that most signatures cost one HMAC and not five.
 *
 * <p>Only keys whose signature was right are kept, so nobody without a secret can fill it. A key counts only while the
 * access key that it came from is unchanged. Bounded: when it is full it begins anew. Thread-safe.
 */
final class SigningKeys {
    static final int MOST_KEPT = 1000;

    private record Scope(String keyId, String date, String region, String service) {
        static Scope of(Credential credential) {
            return new Scope(credential.keyId(), credential.date(), credential.region(), credential.service());
        }
    }

    private record Derived(AccessKey from, SecretKeySpec key) {}

    private final ConcurrentHashMap<Scope, Derived> kept = new ConcurrentHashMap<>();

    @Nullable
    SecretKeySpec find(AccessKey accessKey, Credential credential) {
        Derived derived = kept.get(Scope.of(credential));
        return derived != null && derived.from().equals(accessKey) ? derived.key() : null;
    }

    void keep(AccessKey accessKey, Credential credential, SecretKeySpec key) {
        if (kept.size() >= MOST_KEPT) {
            kept.clear();
        }
        kept.put(Scope.of(credential), new Derived(accessKey, key));
    }

    int size() {
        return kept.size();
    }
}
